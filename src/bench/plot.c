#include "bench/report.h"

#include <inttypes.h>
#include <math.h>

#include "bench/svg.h"

#include "base/banned.h"

#define STEPS 400

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
    return SVG_LEFT + (SVG_WIDTH - SVG_LEFT - SVG_RIGHT) * nines / axes->nines;
}

static double place_y(const struct axes *axes, double ms)
{
    double share = (log10(ms) - axes->low) / (axes->high - axes->low);
    return SVG_HEIGHT - SVG_BOTTOM - (SVG_HEIGHT - SVG_TOP - SVG_BOTTOM) * share;
}

static void draw_axes(FILE *out, const struct axes *axes)
{
    char label[32];
    for (int decade = (int)axes->low; decade <= (int)axes->high; decade++) {
        snprintf(label, sizeof(label), "%g", pow(10, decade));
        svg_grid_across(out, "grid", place_y(axes, pow(10, decade)), label);
        for (int part = 2; part < 10 && decade < (int)axes->high; part++)
            svg_grid_across(out, "fine", place_y(axes, part * pow(10, decade)), NULL);
    }
    for (int nines = 0; nines <= (int)axes->nines; nines++) {
        snprintf(label, sizeof(label), "%.*f %%", nines > 2 ? nines - 2 : 0,
                 100 * (1 - pow(10, -nines)));
        svg_grid_upright(out, "grid", place_x(axes, nines), label);
    }
    svg_grid_upright(out, "fine", place_x(axes, -log10(0.5)), "50 %");
    svg_name_axes(out, "share of all that were faster", "latency, ms");
}

static void draw_curve(FILE *out, const struct axes *axes, const struct report_curve *curve,
                       uint32_t index)
{
    const struct histogram *h = curve->histogram;
    if (h->count == 0)
        return;
    fprintf(out, "<path class=\"curve\" stroke=\"%s\" d=\"", svg_colour(index));
    for (int i = 0; i <= STEPS; i++) {
        double nines = axes->nines * i / STEPS;
        /* What a single sample decides is not drawn. */
        if (pow(10, -nines) * (double)h->count < 1 && i > 0)
            break;
        uint64_t value = histogram_quantile(h, 1 - pow(10, -nines));
        double y = place_y(axes, (double)(value > 0 ? value : 1) / 1e6);
        fprintf(out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', place_x(axes, nines), y);
    }
    fprintf(out, "\"/>\n");
    svg_legend(out, index, "curve", svg_colour(index), curve->name);
}

void report_plot(FILE *out, const char *title, const struct report_curve *curves,
                 uint32_t curves_count)
{
    struct axes axes = {.nines = count_nines(curves, curves_count)};
    find_decades(curves, curves_count, &axes.low, &axes.high);
    svg_begin(out, title);
    draw_axes(out, &axes);
    for (uint32_t i = 0; i < curves_count; i++)
        draw_curve(out, &axes, &curves[i], i);
    svg_end(out);
}
