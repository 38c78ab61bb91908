//! Reading a file, plain or gzip, no further than the limit.
//!
//! Invariant: at most one byte more than the limit is ever held, however much the compressed bytes expand to.

use blocklight_verifier::{Error, Limit, Limits};
use flate2::bufread::MultiGzDecoder;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The gzip stream is cut off or damaged.
    #[error("cannot unpack {}: {source}", path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// The unpacker's reason.
        source: io::Error,
    },
    /// It is larger than [`Limits::input_bytes`].
    #[error(transparent)]
    Limit(Error),
}

/// The bytes of `path`, unpacked if they are gzip; `-` is standard input.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let io = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    if path == Path::new("-") {
        return unpack(io::stdin().lock(), path, limits);
    }
    let file = File::open(path).map_err(io)?;
    if file.metadata().map_err(io)?.is_dir() {
        return Err(io(io::ErrorKind::IsADirectory.into()));
    }
    unpack(BufReader::with_capacity(1 << 16, file), path, limits)
}

/// Told by the first bytes, not by the name: standard input has none, and names lie.
fn unpack(mut packed: impl BufRead, path: &Path, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let io = |source| ReadError::Io {
        path: path.to_owned(),
        source,
    };
    let is_gzip = packed.fill_buf().map_err(io)?.starts_with(b"\x1f\x8b");
    if is_gzip {
        let gzip = |source| ReadError::Gzip {
            path: path.to_owned(),
            source,
        };
        bounded(MultiGzDecoder::new(packed), limits, gzip)
    } else {
        bounded(packed, limits, io)
    }
}

fn bounded(
    reader: impl Read,
    limits: &Limits,
    failed: impl FnOnce(io::Error) -> ReadError,
) -> Result<Vec<u8>, ReadError> {
    let expected = limits.input_bytes as u64;
    let mut bytes = Vec::new();
    reader
        .take(expected.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let got = bytes.len() as u64;
    if got > expected {
        return Err(ReadError::Limit(Error::Limit {
            limit: Limit::InputBytes,
            expected,
            got,
        }));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("writes to memory");
        encoder.finish().expect("writes to memory")
    }

    fn read_bytes(bytes: &[u8], input_bytes: usize) -> Result<Vec<u8>, ReadError> {
        unpack(
            bytes,
            Path::new("test"),
            &Limits {
                input_bytes,
                ..Limits::default()
            },
        )
    }

    #[test]
    fn a_zip_bomb_stops_one_byte_past_the_limit() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < 100_000);
        let error = read_bytes(&bomb, 1_000).expect_err("passes the limit");
        assert!(
            matches!(
                error,
                ReadError::Limit(Error::Limit {
                    expected: 1_000,
                    got: 1_001,
                    ..
                })
            ),
            "{error}"
        );
    }

    #[test]
    fn plain_and_gzip_give_the_same_at_the_limit_exactly() {
        let bytes = b"{\"block\":1}".repeat(100);
        assert_eq!(read_bytes(&bytes, bytes.len()).expect("reads"), bytes);
        assert_eq!(read_bytes(&gzip(&bytes), bytes.len()).expect("reads"), bytes);
        let members = [gzip(&bytes[..50]), gzip(&bytes[50..])].concat();
        assert_eq!(read_bytes(&members, bytes.len()).expect("reads"), bytes);
        assert!(matches!(
            read_bytes(&bytes, bytes.len() - 1),
            Err(ReadError::Limit(_))
        ));
    }

    #[test]
    fn a_gzip_cut_off_anywhere_is_an_error_of_unpacking() {
        let packed = gzip(&b"some bytes that do not repeat: 0123456789abcdef".repeat(3));
        for end in 2..packed.len() {
            let error = read_bytes(&packed[..end], 1 << 20).expect_err("cut off");
            assert!(matches!(error, ReadError::Gzip { .. }), "{end}: {error}");
        }
    }
}
