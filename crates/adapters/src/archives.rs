//! ZIP archives that people send: checked within limits, never unpacked here.

use std::io::Cursor;

use zip::ZipArchive;

/// Largest archive, in bytes.
pub const LARGEST_ARCHIVE: usize = 12 * 1024 * 1024;
const MOST_ENTRIES: usize = 20_000;
/// Most bytes that it may unpack to, as its directory says.
const UNPACKED: u64 = 300 * 1024 * 1024;

/// Why an archive was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// No ZIP archive, or a damaged one.
    #[error("this file is not a ZIP archive")]
    Format,
    /// Too many bytes or entries, packed or unpacked.
    #[error("this archive is too large")]
    TooLarge,
    /// An entry would land outside the folder into which the archive is unpacked, or is a link.
    #[error("the entry {0} is not allowed")]
    Unsafe(String),
}

impl ArchiveError {
    /// What to do about it, for the person who sent it.
    pub fn advice(&self) -> String {
        match self {
            Self::Format => "Please choose a ZIP archive.".to_owned(),
            Self::TooLarge => "This archive is too large: 12 MB, 20,000 files and 300 MB unpacked \
                 are the most. Please leave out node_modules and media."
                .to_owned(),
            Self::Unsafe(name) => format!(
                "The archive holds \u{201c}{name}\u{201d}, which is a link or points outside of \
                 it. Please make an archive without it."
            ),
        }
    }
}

/// Checks an archive without unpacking it, and returns the number of its entries.
pub fn inspect(bytes: &[u8]) -> Result<usize, ArchiveError> {
    if bytes.len() > LARGEST_ARCHIVE {
        return Err(ArchiveError::TooLarge);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ArchiveError::Format)?;
    if archive.len() > MOST_ENTRIES {
        return Err(ArchiveError::TooLarge);
    }
    let mut unpacked = 0_u64;
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|_| ArchiveError::Format)?;
        let name = entry.name().unwrap_or_default();
        if name.starts_with('/')
            || name.contains('\\')
            || entry.enclosed_name().is_none()
            || entry.is_symlink()
        {
            return Err(ArchiveError::Unsafe(
                name.chars().filter(|c| !c.is_control()).take(80).collect(),
            ));
        }
        unpacked = unpacked.saturating_add(entry.size());
        if unpacked > UNPACKED {
            return Err(ArchiveError::TooLarge);
        }
    }
    Ok(archive.len())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn archive(name: &str) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .start_file(
                name,
                SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
            )
            .unwrap();
        writer.write_all(b"{}").unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn archives_stay_inside_their_folder() {
        assert_eq!(inspect(&archive("runner/package.json")), Ok(1));
        for name in ["../package.json", "/etc/passwd", "a/../../b"] {
            assert!(
                matches!(inspect(&archive(name)), Err(ArchiveError::Unsafe(_))),
                "{name}"
            );
        }
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .add_symlink(
                "link",
                "/etc/passwd",
                SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
            )
            .unwrap();
        assert!(matches!(
            inspect(&writer.finish().unwrap().into_inner()),
            Err(ArchiveError::Unsafe(_))
        ));
        assert_eq!(inspect(b"PK nonsense"), Err(ArchiveError::Format));
        assert_eq!(
            inspect(&vec![0; LARGEST_ARCHIVE + 1]),
            Err(ArchiveError::TooLarge)
        );
    }

    #[test]
    fn a_small_archive_that_unpacks_to_very_much_is_refused() {
        let mut bomb = archive("big");
        // The size that the central directory claims.
        let directory = bomb
            .windows(4)
            .position(|bytes| bytes == b"PK\x01\x02")
            .unwrap();
        bomb[directory + 24..directory + 28].copy_from_slice(&u32::to_le_bytes(400 * 1024 * 1024));
        assert_eq!(inspect(&bomb), Err(ArchiveError::TooLarge));
    }
}
