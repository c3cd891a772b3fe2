
/* What a classification answers. Distances are whole: the sum over the values of 4^exponent times the squared difference. */
typedef struct {
    /* Index into NAME_labels. */
    uint16_t label;
    /* Index of the nearest prototype; of equals, the lowest. */
    uint16_t prototype;
    uint32_t distance;
    /* The nearest of another label: its label and distance; NAME_LABELS and UINT32_MAX where there is none. */
    uint16_t other_label;
    uint32_t other_distance;
} NAME_decision;

/* Level `i` of a row of the prototypes, in steps of the inputs. */
static inline int16_t NAME_level(const uint8_t *row, uint32_t i)
{
#if NAME_BITS == 8
    const int16_t level = (int16_t)(row[i] < 128 ? row[i] : row[i] - 256);
#elif NAME_BITS == 4
    const uint8_t nibble = (uint8_t)((row[i / 2] >> (4 * (i % 2))) & 15);
    const int16_t level = (int16_t)(nibble < 8 ? nibble : nibble - 16);
#else
    const uint8_t pair = (uint8_t)((row[i / 4] >> (2 * (i % 4))) & 3);
    const int16_t level = (int16_t)(pair < 2 ? pair : pair - 4);
#endif
    return (int16_t)(level * NAME_MULTIPLE);
}

/* Distance of prototype `j` to the views of one thing, `n_views` rows of NAME_VALUES: of every block the nearest view counts. */
static inline uint32_t NAME_distance(uint32_t j, const int8_t *views, uint32_t n_views)
{
    uint32_t sum = 0;
    for (uint32_t start = 0; start < NAME_VALUES; start += NAME_BLOCK) {
        const uint32_t end = start + NAME_BLOCK < NAME_VALUES ? start + NAME_BLOCK : NAME_VALUES;
        uint32_t nearest = UINT32_MAX;
        for (uint32_t v = 0; v < n_views; v++) {
            const int8_t *x = views + v * NAME_VALUES;
            uint32_t distance = 0;
            for (uint32_t i = start; i < end; i++) {
                const int32_t difference = x[i] - NAME_level(NAME_rows[j], i);
                distance += (uint32_t)(difference * difference) << (2 * NAME_EXPONENT(i));
            }
            if (distance < nearest)
                nearest = distance;
        }
        sum += nearest;
    }
    return sum;
}

/* The nearest prototype and the nearest of another label, in `n_views` rows of NAME_VALUES values from -127 to 127. */
static inline NAME_decision NAME_classify(const int8_t *views, uint32_t n_views)
{
    NAME_decision decision = {NAME_row_labels[0], 0, NAME_distance(0, views, n_views), NAME_LABELS, UINT32_MAX};
    for (uint32_t j = 1; j < NAME_PROTOTYPES; j++) {
        const uint32_t distance = NAME_distance(j, views, n_views);
        const uint16_t label = NAME_row_labels[j];
        if (distance < decision.distance) {
            if (label != decision.label) {
                decision.other_label = decision.label;
                decision.other_distance = decision.distance;
            }
            decision.label = label;
            decision.prototype = (uint16_t)j;
            decision.distance = distance;
        } else if (label != decision.label &&
                   (decision.other_label == NAME_LABELS || distance < decision.other_distance)) {
            decision.other_label = label;
            decision.other_distance = distance;
        }
    }
    return decision;
}

/* Of the decisions on two cuts of one thing, the nearer; of equals the first. */
static inline NAME_decision NAME_nearer(NAME_decision first, NAME_decision second)
{
    NAME_decision near = first, far = second;
    if (second.distance < first.distance) {
        near = second;
        far = first;
    }
    const uint16_t label = far.label == near.label ? far.other_label : far.label;
    const uint32_t distance = far.label == near.label ? far.other_distance : far.distance;
    if (label != NAME_LABELS && (near.other_label == NAME_LABELS || distance < near.other_distance)) {
        near.other_label = label;
        near.other_distance = distance;
    }
    return near;
}

/* How certain: (d2 - d1) / (d2 + d1) of the two distances in parts of 32768, rounded down. */
static inline uint32_t NAME_margin(const NAME_decision *decision)
{
    const uint64_t d1 = decision->distance, d2 = decision->other_distance;
    if (decision->other_label == NAME_LABELS)
        return 32768;
    return d1 + d2 == 0 ? 0 : (uint32_t)(((d2 - d1) << 15) / (d2 + d1));
}

/* One vector of NAME_INPUTS floats, as mynah's features make it, to NAME_VALUES whole numbers: the only floating-point numbers
   here. Compile without contraction (-ffp-contract=off or -std=c99) for the very numbers that mynah finds. */
static inline void NAME_quantize(const float *vector, int8_t *out)
{
    for (uint32_t i = 0; i < NAME_VALUES; i++) {
        float value = NAME_image(vector, i) / (NAME_STEP * (float)(1u << NAME_EXPONENT(i)));
        int32_t level;
        if (value != value)
            value = 0.0f;
        value = (value < -127.0f ? -127.0f : value > 127.0f ? 127.0f : value) + 0.5f;
        level = (int32_t)value;
        out[i] = (int8_t)(level - (value < (float)level));
    }
}
