/* A microphone without hardware, as unforgiving as one: an ALSA plugin that gives the bytes of a file in one form only,
   by a clock of its own, loses what is not fetched in time, and can be busy, forbidden or pulled out. For the tests.

   pcm_type.clocked { lib "/path/clocked.so" }
   pcm.mic { type clocked infile "x.raw" format "S24_3LE" rate 44100 channels 2 speed 1000 unplug_ms 0 refuse "busy" }
   speed: of its clock, in thousandths; unplug_ms: pulled out so long after the start, 0 for never. */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <alsa/pcm_ioplug.h>
#include <sys/timerfd.h>

typedef struct {
    snd_pcm_ioplug_t io;
    long rate, speed, unplug_ms;
    int file;
    struct timespec first, start;
    int has_begun, is_running;
    long long n_fetched, n_before; /* frames since this start; frames before it */
} mic_t;

static double since(const struct timespec *then) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - then->tv_sec) + (now.tv_nsec - then->tv_nsec) * 1e-9;
}

static long long ticked(const mic_t *mic, const struct timespec *then) {
    return (long long)(since(then) * mic->rate * mic->speed / 1000);
}

static int is_unplugged(const mic_t *mic) {
    return mic->has_begun && mic->unplug_ms > 0 && since(&mic->first) * 1000 > mic->unplug_ms;
}

static int mic_start(snd_pcm_ioplug_t *io) {
    mic_t *mic = io->private_data;
    struct itimerspec each = {{0, 1000000}, {0, 1000000}};
    clock_gettime(CLOCK_MONOTONIC, &mic->start);
    if (!mic->has_begun) mic->first = mic->start;
    mic->has_begun = mic->is_running = 1;
    /* What was said while it stood still is gone. */
    mic->n_before = ticked(mic, &mic->first);
    mic->n_fetched = 0;
    return timerfd_settime(io->poll_fd, 0, &each, NULL);
}

static int mic_stop(snd_pcm_ioplug_t *io) {
    struct itimerspec never = {{0, 0}, {0, 0}};
    ((mic_t *)io->private_data)->is_running = 0;
    return timerfd_settime(io->poll_fd, 0, &never, NULL);
}

static snd_pcm_sframes_t mic_pointer(snd_pcm_ioplug_t *io) {
    mic_t *mic = io->private_data;
    long long n = ticked(mic, &mic->start);
    if (!mic->is_running) return 0;
    if (is_unplugged(mic)) return -ENODEV;
    if (n - mic->n_fetched > (long long)io->buffer_size) return -EPIPE;
    return n;
}

static snd_pcm_sframes_t mic_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                      snd_pcm_uframes_t offset, snd_pcm_uframes_t size) {
    mic_t *mic = io->private_data;
    size_t frame = areas->step / 8, n = size * frame;
    char *to = (char *)areas->addr + areas->first / 8 + offset * frame;
    ssize_t got = pread(mic->file, to, n, (mic->n_before + mic->n_fetched) * frame);
    if (is_unplugged(mic)) return -ENODEV;
    memset(to + (got < 0 ? 0 : got), 0, n - (got < 0 ? 0 : got));
    mic->n_fetched += size;
    return size;
}

static int mic_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned int n, unsigned short *revents) {
    unsigned long long expirations;
    (void)n;
    if (fds->revents & POLLIN) (void)!read(io->poll_fd, &expirations, sizeof expirations);
    *revents = is_unplugged(io->private_data) ? POLLHUP : fds->revents;
    return 0;
}

static int mic_close(snd_pcm_ioplug_t *io) {
    mic_t *mic = io->private_data;
    close(io->poll_fd);
    close(mic->file);
    free(mic);
    return 0;
}

static const snd_pcm_ioplug_callback_t calls = {
    .start = mic_start, .stop = mic_stop, .pointer = mic_pointer, .transfer = mic_transfer,
    .poll_revents = mic_revents, .close = mic_close,
};

static int only(snd_pcm_ioplug_t *io, int what, unsigned int value) {
    return snd_pcm_ioplug_set_param_list(io, what, 1, &value);
}

SND_PCM_PLUGIN_DEFINE_FUNC(clocked) {
    snd_config_iterator_t i, next;
    const char *infile = NULL, *format = "S16_LE", *refuse = "";
    long channels = 1;
    mic_t *mic = calloc(1, sizeof *mic);
    (void)root;
    if (!mic) return -ENOMEM;
    mic->rate = 16000;
    mic->speed = 1000;
    snd_config_for_each(i, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(i);
        const char *id;
        if (snd_config_get_id(entry, &id) < 0) continue;
        if (!strcmp(id, "infile")) snd_config_get_string(entry, &infile);
        if (!strcmp(id, "format")) snd_config_get_string(entry, &format);
        if (!strcmp(id, "refuse")) snd_config_get_string(entry, &refuse);
        if (!strcmp(id, "rate")) snd_config_get_integer(entry, &mic->rate);
        if (!strcmp(id, "channels")) snd_config_get_integer(entry, &channels);
        if (!strcmp(id, "speed")) snd_config_get_integer(entry, &mic->speed);
        if (!strcmp(id, "unplug_ms")) snd_config_get_integer(entry, &mic->unplug_ms);
    }
    int fault = !strcmp(refuse, "busy") ? -EBUSY : !strcmp(refuse, "denied") ? -EACCES : 0;
    if (!fault && stream != SND_PCM_STREAM_CAPTURE) fault = -EINVAL;
    if (!fault && (mic->file = infile ? open(infile, O_RDONLY) : -1) < 0) fault = -ENODEV;
    if (fault) {
        free(mic);
        return fault;
    }
    mic->io.version = SND_PCM_IOPLUG_VERSION;
    mic->io.name = "a microphone by the clock";
    mic->io.callback = &calls;
    mic->io.private_data = mic;
    mic->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    mic->io.poll_events = POLLIN;
    mic->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC | SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
    fault = snd_pcm_ioplug_create(&mic->io, name, stream, mode);
    if (fault < 0) {
        close(mic->file);
        free(mic);
        return fault;
    }
    only(&mic->io, SND_PCM_IOPLUG_HW_ACCESS, SND_PCM_ACCESS_RW_INTERLEAVED);
    only(&mic->io, SND_PCM_IOPLUG_HW_FORMAT, snd_pcm_format_value(format));
    only(&mic->io, SND_PCM_IOPLUG_HW_CHANNELS, channels);
    only(&mic->io, SND_PCM_IOPLUG_HW_RATE, mic->rate);
    snd_pcm_ioplug_set_param_minmax(&mic->io, SND_PCM_IOPLUG_HW_PERIODS, 2, 16);
    snd_pcm_ioplug_set_param_minmax(&mic->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 1 << 16);
    snd_pcm_ioplug_set_param_minmax(&mic->io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 128, 1 << 18);
    *pcmp = mic->io.pcm;
    return 0;
}
SND_PCM_PLUGIN_SYMBOL(clocked);
