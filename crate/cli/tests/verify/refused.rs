//! What is refused: files that cannot be read, limits, wrong usage.

use crate::command::{Temporary, VALID, json_lines, json_of, shared, status, stdout, unpacked, verify};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::{fs, io::Write as _, path::Path};

#[test]
fn files_that_cannot_be_read_are_errors_by_name_and_status_3() {
    let Some(path) = shared(VALID) else { return };
    let packed = fs::read(&path).unwrap();
    let bytes = unpacked(&path);
    let gz_cut = Temporary::new(&packed[..packed.len() / 2]);
    let json_cut = Temporary::new(&bytes[..bytes.len() / 2]);
    let empty = Temporary::new("");
    let rpc_error = Temporary::json(
        &json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no such\u{1b}[2J"}}),
    );
    let cases = [
        (Path::new("no-such-file"), "read", "cannot read no-such-file: "),
        (Path::new(env!("CARGO_MANIFEST_DIR")), "read", "is a directory"),
        (&gz_cut.0, "gzip", "cannot unpack "),
        (&json_cut.0, "input", "cut off at line"),
        (&empty.0, "input", "file: empty"),
        (
            &rpc_error.0,
            "input",
            "the server answered with an error -32601: no such",
        ),
    ];
    for (path, reason, message) in cases {
        let (code, line) = json_of(path);
        assert_eq!(code, 3, "{line}");
        assert_eq!(
            (&line["verdict"], &line["reason"]),
            (&json!("error"), &json!(reason)),
            "{line}"
        );
        assert!(line["message"].as_str().unwrap().contains(message), "{line}");
        assert_eq!(
            (&line["hash"], &line["number"], &line["totalMs"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        let text = stdout(&verify([path]));
        assert!(
            text.starts_with("! ") && text.contains(" error\n    ") && !text.contains('\u{1b}'),
            "{text}"
        );
    }
}

#[test]
fn limits_stop_files_and_zip_bombs() {
    let Some(path) = shared(VALID) else { return };
    let limited = |limits: &str, path: &Path| {
        let output = verify(["--json", "--limits", limits, path.to_str().unwrap()]);
        assert_eq!(status(&output), 3);
        json_lines(&output).remove(0)
    };
    let line = limited(r#"{"nodes": 3}"#, &path);
    assert_eq!(
        (&line["reason"], &line["expected"], &line["got"]),
        (&json!("limit"), &json!(3), &json!(4))
    );
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 32 << 20]).unwrap();
    let line = limited(
        r#"{"inputBytes": 1000000}"#,
        &Temporary::new(bomb.finish().unwrap()).0,
    );
    assert_eq!(
        (&line["reason"], &line["got"]),
        (&json!("limit"), &json!(1_000_001))
    );
    assert_eq!(
        status(&verify(["--limits", r#"{"node": 3}"#, path.to_str().unwrap()])),
        3
    );
}

#[test]
fn wrong_usage_is_status_3_and_help_is_0() {
    let wrong: [&[&str]; 6] = [
        &[],
        &["--threads", "0", "x"],
        &["--block", "x"],
        &["--hash", "0x12", "x"],
        &["--no-such", "x"],
        &["--block", "x", "--witness", "y", "z"],
    ];
    for arguments in wrong {
        let output = verify(arguments);
        assert_eq!(status(&output), 3, "{arguments:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty());
    }
    assert_eq!(status(&verify(["-", "-"])), 3);
    let help = verify(["--help"]);
    assert_eq!(status(&help), 0);
    for taught in [
        "Exit status:",
        "Examples:",
        "--chain genesis.json",
        "eth_getBlockByNumber",
    ] {
        assert!(stdout(&help).contains(taught), "{taught}");
    }
}
