//! Right checksums around wrong contents, so that what was changed reaches the decoder.

/// Makes every page's checksum right again, so that what was changed reaches the decoder.
pub fn repair_pages(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(laces) = bytes
        .get(at + 27..)
        .and_then(|b| b.get(..usize::from(bytes[at + 26])))
    {
        let n = 27 + laces.len() + laces.iter().map(|&x| usize::from(x)).sum::<usize>();
        let Some(page) = bytes.get_mut(at..at + n) else {
            return;
        };
        page[22..26].fill(0);
        // CRC-32 of RFC 3533, bit by bit.
        let mut crc = 0u32;
        for &byte in &*page {
            crc ^= u32::from(byte) << 24;
            for _ in 0..8 {
                crc = if crc >> 31 == 1 {
                    (crc << 1) ^ 0x04c1_1db7
                } else {
                    crc << 1
                };
            }
        }
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        at += n;
    }
}

/// Makes the checksum of a FLAC file's one frame right again.
pub fn repair_frame(bytes: &mut [u8]) {
    if bytes.len() < 4 {
        return;
    }
    let start = 4 + bytes[4..]
        .windows(2)
        .position(|w| w == b"\xff\xf8")
        .unwrap_or(0);
    let Some((frame, sum)) = bytes[start..].split_last_chunk_mut::<2>() else {
        return;
    };
    // CRC-16 of RFC 9639, bit by bit.
    let mut crc = 0u16;
    for &byte in &*frame {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            crc = if crc >> 15 == 1 {
                (crc << 1) ^ 0x8005
            } else {
                crc << 1
            };
        }
    }
    *sum = crc.to_be_bytes();
}

/// The file with right checksums, as far as its format is one of those that have them.
pub fn repaired(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.starts_with(b"OggS") {
        repair_pages(&mut bytes);
    } else if bytes.starts_with(b"fLaC") {
        repair_frame(&mut bytes);
    }
    bytes
}
