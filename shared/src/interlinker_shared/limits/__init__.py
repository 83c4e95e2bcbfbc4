"""How much one caller may ask for: requests per person, service and address, and the shape of what is sent."""
