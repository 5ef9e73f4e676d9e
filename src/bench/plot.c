#include "bench/report.h"

#include <inttypes.h>
#include <math.h>

#include "base/banned.h"

#define WIDTH  860.0
#define HEIGHT 480.0
#define LEFT   78.0
#define RIGHT  150.0
#define TOP    46.0
#define BOTTOM 56.0
#define STEPS  400

/* Nines behind the decimal point that the samples can tell: at least ten of them must lie beyond. */
static double count_nines(const struct report_curve *curves, uint32_t count)
{
    uint64_t samples = 100;
    for (uint32_t i = 0; i < count; i++)
        if (curves[i].histogram->count > samples)
            samples = curves[i].histogram->count;
    double nines = floor(log10((double)samples / 10));
    return nines < 1 ? 1 : nines > 6 ? 6 : nines;
}

/* The decades of milliseconds, as powers of ten, that hold every value between p0 and the largest. */
static void find_decades(const struct report_curve *curves, uint32_t count, double *ret_low,
                         double *ret_high)
{
    double low = 1e18, high = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct histogram *h = curves[i].histogram;
        if (h->count == 0)
            continue;
        low = fmin(low, (double)(h->min > 0 ? h->min : 1) / 1e6);
        high = fmax(high, (double)(h->max > 0 ? h->max : 1) / 1e6);
    }
    *ret_low = high > 0 ? floor(log10(low)) : -2;
    *ret_high = high > 0 ? ceil(log10(high)) : 2;
    if (*ret_high <= *ret_low)
        *ret_high = *ret_low + 1;
}

struct axes {
    double nines, low, high;
};

static double place_x(const struct axes *axes, double nines)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * nines / axes->nines;
}

static double place_y(const struct axes *axes, double ms)
{
    double share = (log10(ms) - axes->low) / (axes->high - axes->low);
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share;
}

static void print_escaped(FILE *out, const char *text)
{
    for (; *text != 0; text++) {
        if (*text == '<' || *text == '>' || *text == '&' || (unsigned char)*text < 0x20)
            fprintf(out, "&#%d;", (unsigned char)*text < 0x20 ? ' ' : *text);
        else
            fputc(*text, out);
    }
}

static void draw_axes(FILE *out, const struct axes *axes)
{
    for (int decade = (int)axes->low; decade <= (int)axes->high; decade++) {
        double y = place_y(axes, pow(10, decade));
        fprintf(
            out,
            "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
            LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4, pow(10, decade));
        for (int part = 2; part < 10 && decade < (int)axes->high; part++) {
            double fine = place_y(axes, part * pow(10, decade));
            fprintf(out, "<path class=\"fine\" d=\"M%.1f %.1fH%.1f\"/>\n", LEFT, fine,
                    WIDTH - RIGHT);
        }
    }
    for (int nines = 0; nines <= (int)axes->nines; nines++) {
        double x = place_x(axes, nines);
        fprintf(
            out,
            "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.*f %%</text>\n",
            x, TOP, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 18, nines > 2 ? nines - 2 : 0,
            100 * (1 - pow(10, -nines)));
    }
    double half = place_x(axes, -log10(0.5));
    fprintf(
        out,
        "<path class=\"fine\" d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">50 %%</text>\n",
        half, TOP, HEIGHT - BOTTOM, half, HEIGHT - BOTTOM + 18);
    fprintf(
        out,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">share of all that were faster</text>\n",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14);
    fprintf(
        out,
        "<text transform=\"translate(20 %.1f) rotate(-90)\" text-anchor=\"middle\">latency, ms</text>\n",
        (TOP + HEIGHT - BOTTOM) / 2);
}

static void draw_curve(FILE *out, const struct axes *axes, const struct report_curve *curve,
                       uint32_t index)
{
    static const char *const colours[] = {"#0b6e99", "#c1440e", "#3d7a2a", "#7a3b8f", "#8a6d00"};
    const struct histogram *h = curve->histogram;
    const char *colour = colours[index % ARRAY_COUNT(colours)];
    double last = 0;
    if (h->count == 0)
        return;
    fprintf(out, "<path class=\"curve\" stroke=\"%s\" d=\"", colour);
    for (int i = 0; i <= STEPS; i++) {
        double nines = axes->nines * i / STEPS;
        /* What a single sample decides is not drawn. */
        if (pow(10, -nines) * (double)h->count < 1 && i > 0)
            break;
        uint64_t value = histogram_quantile(h, 1 - pow(10, -nines));
        last = place_y(axes, (double)(value > 0 ? value : 1) / 1e6);
        fprintf(out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', place_x(axes, nines), last);
    }
    fprintf(
        out,
        "\"/>\n<path stroke=\"%s\" class=\"curve\" d=\"M%.1f %.1fh18\"/><text x=\"%.1f\" y=\"%.1f\">",
        colour, WIDTH - RIGHT + 14, TOP + 12 + 22 * index, WIDTH - RIGHT + 38,
        TOP + 16 + 22 * index);
    print_escaped(out, curve->name);
    fprintf(out, "</text>\n");
}

void report_plot(FILE *out, const char *title, const struct report_curve *curves,
                 uint32_t curves_count)
{
    struct axes axes = {.nines = count_nines(curves, curves_count)};
    find_decades(curves, curves_count, &axes.low, &axes.high);
    fprintf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\""
        " font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n"
        "<style>.grid{stroke:#bbb;fill:none}.fine{stroke:#e6e6e6;fill:none}"
        ".curve{stroke-width:2;fill:none}</style>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"%g\" y=\"26\" font-size=\"15\">",
        WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT);
    print_escaped(out, title);
    fprintf(out, "</text>\n");
    draw_axes(out, &axes);
    for (uint32_t i = 0; i < curves_count; i++)
        draw_curve(out, &axes, &curves[i], i);
    fprintf(out, "</svg>\n");
}
