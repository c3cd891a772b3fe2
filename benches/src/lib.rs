//! What the benchmarks share.

use std::fs;
use std::path::Path;

use mynah_audio::Channel;
use rustix::time::{ClockId, clock_gettime};

pub mod contender;
pub mod floor;

/// A minute of speech at 16 kHz: the bundled corpus.
pub fn minute() -> Vec<f32> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/spoken-digits/wav/seven");
    let mut files: Vec<_> = fs::read_dir(corpus)
        .expect("the corpus is in the repository")
        .map(|file| file.expect("a readable folder").path())
        .collect();
    files.sort();
    let mut samples = Vec::new();
    for file in files.iter().cycle() {
        samples.extend(
            mynah_audio::read(file, Channel::Mix)
                .expect("a recording")
                .samples,
        );
        if samples.len() >= 960_000 {
            break;
        }
    }
    samples.truncate(960_000);
    samples
}

/// CPU time of this thread: what others do on the machine meanwhile does not count.
pub fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
