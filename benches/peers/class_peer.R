# R class's side of the LVQ race: the twin of benches/examples/lvq.rs; talks as worker.py says.
# Rscript class_peer.R RULE DATA ANSWER: 20 passes over the samples, from the given start; lvq3 from what olvq1 makes of it.
library(class)

# A .npy of version 1: a header that names the shape, then the values row by row.
npy <- function(path, what, size) {
  file <- file(path, "rb")
  on.exit(close(file))
  readBin(file, "raw", 8)
  header <- rawToChar(readBin(file, "raw", readBin(file, "integer", size = 2, signed = FALSE)))
  shape <- as.integer(regmatches(header, gregexpr("[0-9]+(?=[,)])", header, perl = TRUE))[[1]])
  values <- readBin(file, what, prod(shape), size = size)
  if (length(shape) == 2) matrix(values, shape[1], shape[2], byrow = TRUE) else values
}

arguments <- commandArgs(trailingOnly = TRUE)
rule <- arguments[1]
vectors <- function(name) npy(file.path(arguments[2], paste0(name, ".npy")), "numeric", 4)
labels <- function(name) factor(npy(file.path(arguments[2], paste0(name, "_labels.npy")), "integer", 4))
train <- vectors("train")
train_labels <- labels("train")
test <- vectors("test")
start <- list(x = vectors("start"), cl = labels("start"))
niter <- 20 * nrow(train)

seconds <- function() sum(proc.time()[1:2])
set.seed(1)
if (rule == "lvq3") start <- olvq1(train, train_labels, start, niter = niter, alpha = 0.3)
learn <- list(
  lvq1 = function() lvq1(train, train_labels, start, niter = niter, alpha = 0.03),
  olvq1 = function() olvq1(train, train_labels, start, niter = niter, alpha = 0.3),
  lvq3 = function() lvq3(train, train_labels, start, niter = niter, alpha = 0.03, win = 0.3, epsilon = 0.1)
)[[rule]]

cat(sprintf('{"version": "%s"}\n', packageVersion("class")))
rounds <- file("stdin")
open(rounds)
while (length(readLines(rounds, 1)) > 0) {
  set.seed(1)
  begin <- seconds()
  codebook <- learn()
  took <- seconds() - begin
  writeLines(as.character(lvqtest(codebook, test)), arguments[3])
  cat(sprintf("%.6f\n", took))
}
