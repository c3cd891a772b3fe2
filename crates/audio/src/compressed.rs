//! FLAC, MP3 and Ogg Vorbis (symphonia crate).
//!
//! FLAC and Ogg carry checksums, and FLAC and the encoder's tag of an MP3 the number of samples; an
//! MP3 without that tag carries neither, so what is left of it decodes.

use std::io::Cursor;

use symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use crate::encoding::{check_finite, mix};
use crate::resample::check_rate;
use crate::{Audio, Channel, Error, ogg};

/// Whether the first bytes are those of FLAC, Ogg, or MP3 (an ID3 tag or the frame sync).
pub(crate) fn is_known(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [b'f', b'L', b'a', b'C', ..] | [b'O', b'g', b'g', b'S', ..] | [b'I', b'D', b'3', ..]
    ) || matches!(bytes, [0xff, b, ..] if b & 0xe0 == 0xe0)
}

/// Decodes a whole compressed file; refuses it unless every sample that the file announces is there,
/// and no more than `max_decoded` of them.
pub(crate) fn decode(bytes: &[u8], channel: Channel, max_decoded: usize) -> Result<Audio, Error> {
    if bytes.starts_with(b"OggS") {
        ogg::check(bytes)?;
    }
    // In builds that check for overflow, the FLAC predictor (symphonia 0.6.1) panics on made-up
    // frames with good checksums; nothing short of decoding them tells them from others.
    std::panic::catch_unwind(|| decode_stream(bytes, channel, max_decoded))
        .unwrap_or_else(|_| Err(damaged(0, Fault::DecodeError("the decoder gave up"))))
}

fn decode_stream(bytes: &[u8], channel: Channel, max_decoded: usize) -> Result<Audio, Error> {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(
            &Hint::new(),
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|fault| match fault {
            // The first bytes were chance, or nothing follows them: UTF-16 text begins like MP3.
            Fault::Unsupported(_) => Error::unknown_format(bytes),
            fault => damaged(0, fault),
        })?;
    let (track_id, promised, params) = sound_track(&*format)?;
    let mut decoder = symphonia::default::get_codecs()
        // FLAC carries an MD5 of its samples.
        .make_audio_decoder(&params, &AudioDecoderOptions::default().verify(true))
        .map_err(|fault| match fault {
            Fault::Unsupported(_) => other_coding(),
            fault => damaged(0, fault),
        })?;

    let mut samples = Vec::new();
    let mut interleaved: Vec<f32> = Vec::new();
    let mut shape = None;
    while let Some(packet) = format
        .next_packet()
        .map_err(|fault| damaged(samples.len(), fault))?
    {
        if packet.track_id != track_id {
            continue;
        }
        let block = decoder
            .decode(&packet)
            .map_err(|fault| damaged(samples.len(), fault))?;
        let (rate, n_channels) = (block.spec().rate(), block.num_planes());
        if *shape.get_or_insert((rate, n_channels)) != (rate, n_channels) {
            return Err(damaged(
                samples.len(),
                Fault::DecodeError("rate or channels change"),
            ));
        }
        if n_channels == 0 {
            return Err(Error::NoChannels);
        }
        channel.check(n_channels)?;
        block.copy_to_vec_interleaved(&mut interleaved);
        mix(&interleaved, n_channels, channel, &mut samples, |&x| x);
        if samples.len() > max_decoded {
            return Err(Error::TooLong);
        }
    }
    if decoder.finalize().verify_ok == Some(false) {
        return Err(damaged(
            samples.len(),
            Fault::DecodeError("the checksum does not match"),
        ));
    }
    if let Some(promised) = promised.filter(|&n| (samples.len() as u64) < n) {
        return Err(Error::Damaged {
            n_samples: samples.len(),
            fault: format!("there should be {promised}"),
        });
    }
    let Some((sample_rate, _)) = shape.filter(|_| !samples.is_empty()) else {
        return Err(Error::NoSamples);
    };
    check_rate(sample_rate)?;
    check_finite(&samples, 0)?;
    Ok(Audio {
        samples,
        sample_rate,
    })
}

/// The track's number, its length in samples if the file states it, and how it is coded.
fn sound_track(
    format: &(dyn FormatReader + '_),
) -> Result<(u32, Option<u64>, AudioCodecParameters), Error> {
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(other_coding)?;
    let params = track
        .codec_params
        .as_ref()
        .and_then(|p| p.audio())
        .ok_or_else(other_coding)?;
    // Without the encoder's tag, which also tells its delay, the length of an MP3 is a guess from
    // its bit rate.
    let promised = track
        .num_frames
        .filter(|_| params.codec != CODEC_ID_MP3 || track.delay.is_some());
    Ok((track.id, promised, params.clone()))
}

fn other_coding() -> Error {
    Error::Codec {
        codec: "something other than FLAC, MP3 or Vorbis".to_owned(),
    }
}

fn damaged(n_samples: usize, fault: Fault) -> Error {
    match fault {
        Fault::Unsupported(what) => Error::Codec {
            codec: what.to_owned(),
        },
        Fault::ResetRequired => Error::Codec {
            codec: "several streams, one after another".to_owned(),
        },
        fault => Error::Damaged {
            n_samples,
            fault: fault.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_is_bounded() {
        let flac = include_bytes!("../tests/data/tone.flac");
        assert!(decode(flac, Channel::Mix, 1_600).is_ok());
        assert!(matches!(
            decode(flac, Channel::Mix, 1_599),
            Err(Error::TooLong)
        ));
    }
}
