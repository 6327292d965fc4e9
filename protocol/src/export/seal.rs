//! The key of one exported file, and its signatures' text. Only here the export names its ciphers.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{PrivateKey, UnparsedPublicKey, X25519, agree},
    hkdf::{HKDF_SHA256, KeyType, Salt},
};

use super::{ExportError, PIECE_HEAD_BYTES};
use crate::hash::Hash;

const INFO: &[u8] = b"pariksha export key v1";

/// The public half of an X25519 secret: what files are sealed to.
pub fn sealing_public_key(secret: &[u8; 32]) -> Result<[u8; 32], ExportError> {
    let fault = ExportError::Key("the X25519 secret cannot be used");
    let key = PrivateKey::from_private_key(&X25519, secret).map_err(|_| fault.clone())?;
    let public = key.compute_public_key().map_err(|_| fault.clone())?;
    public.as_ref().try_into().map_err(|_| fault)
}

/// The cipher of one file.
pub(super) struct FileKey {
    key: LessSafeKey,
    header: Hash,
}

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

impl FileKey {
    /// Agreed between one side's secret and the other's public key.
    pub(super) fn agree(secret: &[u8; 32], public: &[u8; 32], header: Hash) -> Result<Self, ExportError> {
        let fault = ExportError::Key("the two keys do not agree");
        let secret = PrivateKey::from_private_key(&X25519, secret).map_err(|_| fault.clone())?;
        let mut key = [0; 32];
        agree(
            &secret,
            UnparsedPublicKey::new(&X25519, public),
            fault.clone(),
            |shared| {
                let extracted = Salt::new(HKDF_SHA256, header.as_bytes()).extract(shared);
                let expanded = extracted.expand(&[INFO], KeyLength);
                expanded
                    .and_then(|expanded| expanded.fill(&mut key))
                    .map_err(|_| fault.clone())
            },
        )?;
        let key = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| fault)?;
        Ok(Self {
            key: LessSafeKey::new(key),
            header,
        })
    }

    pub(super) fn seal(
        &self,
        index: u64,
        head: &[u8; PIECE_HEAD_BYTES],
        plain: &[u8],
    ) -> Result<Vec<u8>, ExportError> {
        let mut sealed = plain.to_vec();
        self.key
            .seal_in_place_append_tag(nonce(index), self.bound_to(head), &mut sealed)
            .map_err(|_| ExportError::Key("a frame cannot be sealed"))?;
        Ok(sealed)
    }

    /// `None` when the bytes or their place were altered, or the key is another.
    pub(super) fn open(&self, index: u64, head: &[u8; PIECE_HEAD_BYTES], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = sealed.to_vec();
        let opened = self
            .key
            .open_in_place(nonce(index), self.bound_to(head), &mut bytes);
        let length = opened.ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    fn bound_to(&self, head: &[u8; PIECE_HEAD_BYTES]) -> Aad<Vec<u8>> {
        Aad::from([&self.header.as_bytes()[..], head].concat())
    }
}

/// The key is one file's alone, so an index never repeats under it.
fn nonce(index: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&index.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

/// What a piece's signature is over.
pub(super) fn signed_text(header: Hash, index: u64, piece: &[u8]) -> Vec<u8> {
    [&header.as_bytes()[..], &index.to_be_bytes(), piece].concat()
}
