"""What happens without anybody asking: calls to blocks, timers, and looking after what may have been missed."""
