//! The `mynah` command: arguments, progress, files on disk and the rendering of reports. No arithmetic lives here.

mod args;
mod background;
mod clips;
mod commands;
mod curves;
mod dataset;
mod evaluation;
mod event_lines;
mod events;
mod files;
mod formats;
mod hearing;
mod history;
mod html;
mod inputs;
mod interrupt;
mod keeping;
#[cfg(feature = "mic")]
mod microphone;
mod models;
mod noise;
mod ordered;
mod output;
mod plots;
mod recipe;
mod report;
mod scoring;
mod settings;
mod splits;
mod spotting;
mod status;
mod training;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use status::{Status, Usage};

fn main() -> ExitCode {
    let Cli { command, global } = Cli::parse();
    match run(command, &global) {
        Ok(status) => status.into(),
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(format!("mynah: {}", status::explain(&error)));
            ExitCode::from(if error.is::<Usage>() { 2 } else { 3 })
        }
    }
}

fn run(command: Command, global: &args::Global) -> anyhow::Result<Status> {
    interrupt::watch();
    if let Some(threads) = global.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into());
        pool.build_global()?;
    }
    match command {
        Command::Demo(args) => commands::demo::run(&args, global),
        Command::Inspect(args) => commands::inspect::run(&args, global),
        Command::Train(args) => commands::train::run(&args, global),
        Command::Cluster(args) => commands::cluster::run(&args, global),
        Command::Eval(args) => commands::eval::run(&args, global),
        Command::Classify(args) => commands::classify::run(&args, global),
        Command::Calibrate(args) => commands::calibrate::run(&args, global),
        Command::Enrol(args) => commands::enrol::run(&args, global),
        Command::Forget(args) => commands::forget::run(&args, global),
        Command::Quantize(args) => commands::quantize::run(&args, global),
        Command::Export(args) => commands::export::run(&args, global),
        Command::Score(args) => commands::score::run(&args, global),
        Command::Mix(args) => commands::mix::run(&args, global),
        Command::Features(args) => commands::features::run(&args, global),
        Command::Listen(args) => commands::listen::run(&args, global),
        Command::Correct(args) => commands::correct::run(&args, global),
        Command::Devices(args) => commands::devices::run(&args, global),
        Command::Spot(args) => commands::spot::run(&args, global),
    }
}
