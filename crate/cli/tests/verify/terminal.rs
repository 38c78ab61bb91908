//! What a person at a terminal sees and does: colours, a progress bar, Ctrl-C.

use crate::command::{HOODI, command, fixture, shared, status, stdout};
use std::{
    io::Read as _,
    path::Path,
    process::{Command, Output, Stdio},
};

/// Variables and their values.
type Environment<'a> = &'a [(&'a str, &'a str)];

/// What `verify` prints of the sample, asked for with `options`, in an environment that says of colours what `variables` say.
fn printed(variables: Environment<'_>, options: &[&str]) -> String {
    let mut command = command();
    command.env_remove("NO_COLOR").env_remove("CLICOLOR");
    command.envs(variables.iter().copied()).args(options);
    command.arg("--chain").arg(fixture("sample-chain.json"));
    command.arg(fixture("sample-block.json.gz"));
    let output = command.output().unwrap();
    assert_eq!(status(&output), 0, "{}", stdout(&output));
    stdout(&output)
}

#[test]
fn colours_are_there_where_they_are_forced_and_never_in_json() {
    let forced = ("CLICOLOR_FORCE", "1");
    let text = printed(&[forced], &[]);
    assert!(text.contains("\u{1b}[32m✓ "), "green: {text:?}");
    let without: [(Environment<'_>, &[&str]); 3] = [
        (&[], &[]),
        (&[forced, ("NO_COLOR", "1")], &[]),
        (&[forced], &["--json"]),
    ];
    for (variables, options) in without {
        let text = printed(variables, options);
        assert!(!text.contains('\u{1b}'), "{variables:?} {options:?}: {text:?}");
    }
}

/// `script` of util-linux, which runs a shell's command on a terminal of its own and gives what appears there and the
/// command's status; `None`, said aloud, where there is no such program or it gets no terminal.
fn on_a_terminal(line: &str) -> Option<Output> {
    let script = |line: &str| {
        let mut script = Command::new("script");
        script.args(["-qec", line, "/dev/null"]).stdin(Stdio::null());
        script.env("SHELL", "/bin/sh").env("TERM", "xterm-256color");
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            script.env_remove(variable);
        }
        script.output()
    };
    if !script("true").is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no script of util-linux here, which makes a terminal");
        return None;
    }
    Some(script(line).unwrap())
}

#[test]
fn on_a_terminal_there_are_colours_and_for_several_files_a_progress_bar() {
    let quoted = |path: &Path| format!("'{}'", path.to_str().unwrap().replace('\'', r"'\''"));
    let command = [
        quoted(Path::new(env!("CARGO_BIN_EXE_blocklight"))),
        "verify --chain".to_owned(),
        quoted(&fixture("sample-chain.json")),
    ]
    .join(" ");
    let block = quoted(&fixture("sample-block.json.gz"));

    let Some(one) = on_a_terminal(&format!("{command} {block}")) else {
        return;
    };
    let text = stdout(&one);
    assert_eq!(status(&one), 0, "{text:?}");
    assert!(text.contains("\u{1b}[32m✓ "), "green: {text:?}");
    assert!(!text.contains("blocks, "), "one file needs no bar: {text:?}");

    let Some(two) = on_a_terminal(&format!("{command} {block} {block}")) else {
        return;
    };
    let text = stdout(&two);
    assert_eq!(status(&two), 0, "{text:?}");
    assert_eq!(text.matches("\u{1b}[32m✓ ").count(), 2, "{text:?}");
    assert!(
        text.contains("0/2 blocks, ") && text.contains("1/2 blocks, "),
        "{text:?}"
    );
    let (_, after) = text.rsplit_once(" left").unwrap();
    assert!(after.contains("\u{1b}[2K"), "the bar is cleared: {text:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_whole_lines() {
    let Some(path) = shared(HOODI) else { return };
    // The second file never ends, so that the run is sure to be under way.
    let mut child = command()
        .args([&path, Path::new("-")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Held open to the end: waiting for a child closes what it still has of its pipes.
    let endless = child.stdin.take();
    let mut first = Vec::new();
    let mut out = child.stdout.take().unwrap();
    while !first.ends_with(b"\n") {
        let mut byte = [0];
        out.read_exact(&mut byte).unwrap();
        first.extend(byte);
    }
    assert!(
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    drop(endless);
}
