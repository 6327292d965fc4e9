//! Pictures that questions bring with them, as a paper holds them. The kind is told by the first bytes alone, and the name
//! in the paper says nothing of the file's: `answer-b.png` would say too much.

use base64::{Engine, engine::general_purpose::STANDARD};
use protocol::{hash::Hash, paper::Picture};

/// Bytes of one picture.
pub(crate) const PICTURE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes of a paper's pictures together: with its texts around them, sealed, they stay within a blob.
pub(crate) const PICTURES_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Hex digits of a picture's name.
const NAME_DIGITS: usize = 16;

/// Why bytes are no picture of a paper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPicture {
    /// Too large.
    #[error("has {0} bytes, at most {PICTURE_BYTES_MAX} are taken; make it smaller")]
    TooLarge(usize),
    /// Of another kind.
    #[error("is neither PNG, JPEG, GIF nor WebP; save it as one of these")]
    Kind,
}

/// The picture and its name in the paper: the same for the same bytes.
pub(crate) fn picture(bytes: &[u8]) -> Result<(String, Picture), NotAPicture> {
    if bytes.len() > PICTURE_BYTES_MAX {
        return Err(NotAPicture::TooLarge(bytes.len()));
    }
    let picture = Picture {
        media_type: media_type(bytes).ok_or(NotAPicture::Kind)?.to_owned(),
        data: STANDARD.encode(bytes),
    };
    let hash = Hash::sha256(bytes).to_string();
    Ok((format!("p{}", &hash[..NAME_DIGITS]), picture))
}

fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_by_their_bytes_are_taken_and_their_names_say_nothing() {
        let (name, taken) = picture(b"\x89PNG\r\n\x1a\nrest").unwrap();
        assert_eq!((name.len(), taken.media_type.as_str()), (17, "image/png"));
        assert_eq!(picture(b"<svg onload='x()'/>"), Err(NotAPicture::Kind));
        let large = [&b"\xff\xd8\xff"[..], &vec![0; PICTURE_BYTES_MAX]].concat();
        assert_eq!(picture(&large), Err(NotAPicture::TooLarge(large.len())));
    }
}
