"""A peer's side of the MFCC race of scripts/bench-peers: the 13 MFCC of a recording. The twin of benches/examples/mfcc.rs.

mfcc_peer.py TOOL SAMPLES FEATURES: SAMPLES is raw float32 at 16 kHz; the answer goes to FEATURES once, as raw float32 rows.
Everything a tool lets its user prepare once is prepared once; 40 mels, frames of 25 ms every 10 ms, transforms of 512.
"""

import importlib.metadata
import sys

import numpy as np

import worker

RATE, FRAME, HOP, N_FFT, N_MELS, N_MFCC = 16_000, 400, 160, 512, 40, 13


def kaldi_native_fbank(samples):
    import kaldi_native_fbank as knf

    options = knf.MfccOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = N_MELS
    options.num_ceps = N_MFCC
    samples = samples * 32_768

    def run():
        mfcc = knf.OnlineMfcc(options)
        mfcc.accept_waveform(RATE, samples)
        mfcc.input_finished()
        return np.stack([mfcc.get_frame(i) for i in range(mfcc.num_frames_ready)])

    return run


def torchaudio_compliance_kaldi(samples):
    import torch
    import torchaudio

    torch.set_num_threads(1)
    samples = torch.from_numpy(samples * 32_768)[None]
    return lambda: torchaudio.compliance.kaldi.mfcc(samples, num_mel_bins=N_MELS, num_ceps=N_MFCC).numpy()


def python_speech_features(samples):
    import python_speech_features

    samples = (samples * 32_768).astype(np.int16)
    return lambda: python_speech_features.mfcc(samples, RATE, numcep=N_MFCC, nfilt=N_MELS, nfft=N_FFT)


def torchaudio_transforms(samples):
    import torch
    import torchaudio

    torch.set_num_threads(1)
    samples = torch.from_numpy(samples)
    stft = {"n_fft": N_FFT, "win_length": FRAME, "hop_length": HOP, "n_mels": N_MELS}
    mfcc = torchaudio.transforms.MFCC(RATE, N_MFCC, melkwargs=stft)
    return lambda: mfcc(samples).numpy().T


def librosa(samples):
    import librosa

    stft = {"n_fft": N_FFT, "win_length": FRAME, "hop_length": HOP, "n_mels": N_MELS}
    return lambda: librosa.feature.mfcc(y=samples, sr=RATE, n_mfcc=N_MFCC, **stft).T


def tf_signal(samples):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    mels = tf.signal.linear_to_mel_weight_matrix(N_MELS, N_FFT // 2 + 1, RATE, 80.0, 7600.0)
    samples = tf.constant(samples)

    @tf.function
    def mfcc(samples):
        spectrum = tf.abs(tf.signal.stft(samples, FRAME, HOP, N_FFT))
        logs = tf.math.log(tf.matmul(spectrum, mels) + 1e-6)
        return tf.signal.mfccs_from_log_mel_spectrograms(logs)[:, :N_MFCC]

    return lambda: mfcc(samples).numpy()


def spafe(samples):
    from spafe.features.mfcc import mfcc
    from spafe.utils.preprocessing import SlidingWindow

    window = SlidingWindow(FRAME / RATE, HOP / RATE, "hamming")
    return lambda: mfcc(samples, RATE, N_MFCC, window=window, nfilts=N_MELS, nfft=N_FFT)


# Name in the table: how to run it, and the package whose version counts.
TOOLS = {
    "kaldi-native-fbank": (kaldi_native_fbank, "kaldi-native-fbank"),
    "torchaudio.compliance.kaldi": (torchaudio_compliance_kaldi, "torchaudio"),
    "python_speech_features": (python_speech_features, "python_speech_features"),
    "torchaudio.transforms": (torchaudio_transforms, "torchaudio"),
    "librosa": (librosa, "librosa"),
    "tf.signal": (tf_signal, "tensorflow-cpu"),
    "spafe": (spafe, "spafe"),
}


def main():
    tool, samples, features = sys.argv[1:]
    prepare, package = TOOLS[tool]
    run = prepare(np.fromfile(samples, np.float32))
    rows = run()
    np.asarray(rows, np.float32).tofile(features)
    hello = {"version": importlib.metadata.version(package), "n_frames": len(rows)}
    worker.serve(hello, lambda: worker.averaged(run))


if __name__ == "__main__":
    main()
