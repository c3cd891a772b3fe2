/* main DECISIONS: takes the decisions of a file (src/lib.rs tells its format) with the exported header word.h. Exits with an error if any
   differs. */
#include <stdio.h>
#include "word.h"

enum { HEADER = 8, ANSWER = 7 };

static uint32_t header[HEADER], labels[WORD_PROTOTYPES], answer[ANSWER];
static int8_t views[WORD_VIEWS * WORD_VALUES];

int main(int argc, char **argv)
{
    FILE *answers = argc == 2 ? fopen(argv[1], "rb") : NULL, *inputs = argc == 2 ? fopen(argv[1], "rb") : NULL;
    unsigned long n, different = 0;
    if (!answers || !inputs || fread(header, sizeof header, 1, answers) != 1 || header[0] != WORD_VALUES ||
        header[4] != WORD_PROTOTYPES || header[6] != WORD_VIEWS || fread(labels, sizeof labels, 1, answers) != 1)
        return 2;
    n = header[7];
    if (fseek(inputs, (long)(sizeof header + sizeof labels + n * sizeof answer + sizeof word_rows + header[5]), SEEK_SET))
        return 2;
    for (unsigned long i = 0; i < n; i++) {
        word_decision decision;
        if (fread(answer, sizeof answer, 1, answers) != 1 || fread(views, sizeof views, 1, inputs) != 1)
            return 2;
        decision = word_classify(views, WORD_VIEWS);
        different += decision.label != answer[0] || decision.prototype != answer[1] || decision.distance != answer[2] ||
                     decision.other_label != answer[3] || decision.other_distance != answer[5] ||
                     word_margin(&decision) != answer[6];
    }
    printf("%lu decisions, %lu differ\n", n, different);
    return n == 0 || different != 0;
}
