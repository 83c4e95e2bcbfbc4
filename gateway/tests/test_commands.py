from pathlib import Path

from typer.testing import CliRunner

from interlinker_gateway.commands import program

GOOD = "id: a\nversion: 1.0.0\ntitle: {en: A}\nphases:\n  - id: p\n    tasks:\n      - {id: t, wait: {for: P1D}}\n"


def run(folder: Path, text: str, *words: str) -> tuple[int, str]:
    file = folder / "template.yaml"
    file.write_text(text)
    result = CliRunner().invoke(program, [words[0], str(file), *words[1:]])
    return result.exit_code, result.output


def test_a_valid_template_is_said_to_be_so(tmp_path: Path) -> None:
    assert run(tmp_path, GOOD, "validate") == (0, "a 1.0.0 is valid: 1 phases, 1 tasks.\n")


def test_an_invalid_one_is_shown_where_it_is_wrong(tmp_path: Path) -> None:
    code, said = run(tmp_path, GOOD.replace("P1D", "long"), "validate")
    assert code == 1
    assert "/phases/0/tasks/0/wait/for" in said


def test_broken_yaml_is_shown_with_its_line(tmp_path: Path) -> None:
    code, said = run(tmp_path, "a: [", "validate")
    assert (code, "line 1" in said) == (1, True)


def test_a_gateway_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    code, said = run(tmp_path, GOOD, "upload", "--gateway", "http://127.0.0.1:9", "--token", "x")
    assert (code, "does not answer" in said) == (1, True)
