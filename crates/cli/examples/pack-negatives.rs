//! `pack-negatives MODEL FOLDER OUT`: what `mynah enrol` stands on, from a model trained on many words of many voices and a folder of
//! speech without a keyword. `corpora/negatives/generate` calls it.

use std::path::PathBuf;

use anyhow::Context;
use mynah::enrol::{Base, UNKNOWN};
use mynah::{Model, Pipeline, Regression};
use mynah_audio::Channel;

fn main() -> anyhow::Result<()> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [model, folder, out] = &args[..] else {
        anyhow::bail!("usage: pack-negatives MODEL FOLDER OUT");
    };
    let model = Model::load(model)?;
    let config = model.pipeline().context("the model takes no sound")?;
    let mut pipeline = Pipeline::new(config)?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    files.sort();
    let mut negatives = Regression::new(pipeline.n_mels()).with_room(usize::MAX);
    let mut log_mels = Vec::new();
    for file in files {
        let audio = mynah_audio::read(&file, Channel::Mix)?;
        let rate = config.mfcc.sample_rate;
        anyhow::ensure!(
            audio.sample_rate == rate,
            "{}: not at {rate} Hz",
            file.display()
        );
        pipeline.log_mels_into(&audio.samples, &mut log_mels)?;
        negatives.keep(UNKNOWN, &log_mels);
    }
    let base = Base::new(&model, negatives)?;
    std::fs::write(out, base.to_bytes())?;
    Ok(())
}
