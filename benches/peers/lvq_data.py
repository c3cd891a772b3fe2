"""The two data sets of the LVQ race, standardised on their training parts, and the prototypes that all start from.

Free Spoken Digits, split as its authors do (the first five recordings of every digit and voice are the test), as 40 frames
of 13 cepstra, cut or filled with zeros; and scikit-learn's digits, 70 % to train on. The start is k-means of each class.
"""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

N_FRAMES = 40


def spoken_digits(features):
    """From what `mynah features` makes: one array an utterance, its name LABEL_SPEAKER_INDEX."""
    clips = np.load(features)
    names = sorted(clips.files)
    vectors = np.zeros((len(names), N_FRAMES, clips[names[0]].shape[1]))
    for vector, name in zip(vectors, names):
        frames = clips[name][:N_FRAMES]
        vector[: len(frames)] = frames
    parts = [name.split("_") for name in names]
    labels = np.array([int(part[0]) for part in parts])
    is_test = np.array([int(part[2]) < 5 for part in parts])
    vectors = vectors.reshape(len(names), -1)
    return vectors[~is_test], vectors[is_test], labels[~is_test], labels[is_test]


def images_of_digits():
    vectors, labels = load_digits(return_X_y=True)
    return train_test_split(vectors, labels, test_size=0.3, stratify=labels, random_state=0)


def save(folder, split, per_class):
    train, test, train_labels, test_labels = split
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation[deviation == 0] = 1
    train, test = (train - mean) / deviation, (test - mean) / deviation
    classes = np.unique(train_labels)
    start = [KMeans(per_class, n_init=3, random_state=0).fit(train[train_labels == c]).cluster_centers_ for c in classes]
    folder.mkdir()
    for name, rows in [("train", train), ("test", test), ("start", np.concatenate(start))]:
        np.save(folder / f"{name}.npy", rows.astype(np.float32))
    for name, labels in [("train", train_labels), ("test", test_labels), ("start", np.repeat(classes, per_class))]:
        np.save(folder / f"{name}_labels.npy", labels.astype(np.int32))
