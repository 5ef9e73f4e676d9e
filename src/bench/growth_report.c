#include <math.h>

#include "bench/growth.h"
#include "bench/svg.h"

#include "base/banned.h"

#define HEIGHT_DECADES_MIN 1.0
#define BOUND_STEPS        50

/* What was measured. */
static uint32_t take_points(const struct growth_curve *curve, const struct growth_figures *figures,
                            uint32_t series, struct growth_point ret_points[GROWTH_POINTS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < figures->points; i++)
        if (figures->cells[i][series].is_there)
            ret_points[count++] =
                (struct growth_point){curve->sizes[i], figures->cells[i][series].us.median};
    return count;
}

uint32_t growth_points(const struct growth_curve *curve, const struct growth_figures *figures,
                       uint32_t series, struct growth_point ret_points[GROWTH_POINTS_MAX])
{
    struct growth_point points[GROWTH_POINTS_MAX];
    uint32_t count = take_points(curve, figures, series, points);
    if (curve->is_by_byte)
        return growth_fit_marginal(points, count, 1, ret_points);
    memcpy(ret_points, points, count * sizeof(*points));
    return count;
}

struct growth_judgement growth_judge_series(const struct growth_curve *curve,
                                            const struct growth_figures *figures, uint32_t series)
{
    struct growth_point points[GROWTH_POINTS_MAX];
    return growth_judge(points, growth_points(curve, figures, series, points));
}

/* 100, 10 k, 1 M. */
static const char *print_size(double n, char ret_text[16])
{
    const char *unit = n >= 1e6 ? " M" : n >= 1e3 ? " k" : "";
    snprintf(ret_text, 16, "%.3g%s", n >= 1e6 ? n / 1e6 : n >= 1e3 ? n / 1e3 : n, unit);
    return ret_text;
}

static void print_judgement(FILE *out, const struct growth_curve *curve,
                            const struct growth_figures *figures, uint32_t series)
{
    char from[16];
    struct growth_point points[GROWTH_POINTS_MAX];
    uint32_t count = growth_points(curve, figures, series, points);
    struct growth_judgement judgement = growth_judge(points, count);
    fprintf(out, "  %s%s: ", curve->series[series], curve->is_by_byte ? ", us a byte" : "");
    if (judgement.verdict == GROWTH_TOO_FEW) {
        fprintf(out, "too few points\n");
        return;
    }
    fprintf(out,
            "exponent %.3f; from %s on %.3f (log n there: %.3f), top / cheapest %.2f "
            "(log n: %.2f): %s\n",
            growth_fit_exponent(points, count), print_size(points[judgement.from].n, from),
            judgement.exponent, judgement.log_exponent, judgement.ratio, judgement.log_ratio,
            growth_verdict_name(judgement.verdict));
}

void growth_print(FILE *out, const struct growth_curve *curve, const struct growth_figures *figures)
{
    char size[16];
    fprintf(out, "\n%s: %s; CPU us a request, median (range)\n  %12s", curve->name, curve->about,
            "n");
    for (uint32_t s = 0; s < GROWTH_SERIES_MAX && curve->series[s] != NULL; s++)
        fprintf(out, "  %-24s", curve->series[s]);
    fputc('\n', out);
    for (uint32_t i = 0; i < figures->points; i++) {
        fprintf(out, "  %12s", print_size(curve->sizes[i], size));
        for (uint32_t s = 0; s < GROWTH_SERIES_MAX && curve->series[s] != NULL; s++) {
            const struct growth_cell *cell = &figures->cells[i][s];
            if (cell->is_there)
                fprintf(out, "  %8.2f (%.2f-%.2f)", cell->us.median, cell->us.min, cell->us.max);
            else
                fprintf(out, "  %-22s", "       -");
        }
        fputc('\n', out);
    }
    for (uint32_t s = 0; s < GROWTH_SERIES_MAX && curve->series[s] != NULL; s++)
        print_judgement(out, curve, figures, s);
    fflush(out);
}

static void print_series_json(FILE *out, const struct growth_curve *curve,
                              const struct growth_figures *figures, uint32_t series)
{
    struct growth_judgement judgement = growth_judge_series(curve, figures, series);
    const char *comma = "";
    fprintf(out, "\"%s\":{\"points\":[", curve->series[series]);
    for (uint32_t i = 0; i < figures->points; i++) {
        const struct growth_cell *cell = &figures->cells[i][series];
        if (!cell->is_there)
            continue;
        fprintf(out, "%s{\"n\":%.0f,\"cpu_us\":{\"median\":%.4g,\"min\":%.4g,\"max\":%.4g}}", comma,
                curve->sizes[i], cell->us.median, cell->us.min, cell->us.max);
        comma = ",";
    }
    fprintf(out,
            "],\"exponent\":%.4f,\"log_exponent\":%.4f,\"ratio\":%.4g,\"log_ratio\":%.4g,"
            "\"verdict\":\"%s\"}",
            judgement.exponent, judgement.log_exponent, judgement.ratio, judgement.log_ratio,
            growth_verdict_name(judgement.verdict));
}

void growth_print_json(FILE *out, const struct growth *growth)
{
    const char *comma = "";
    fprintf(out, "{\"rounds\":%u,\"curves\":{", growth->rounds);
    for (uint32_t c = 0; c < growth_curves_count(); c++) {
        const struct growth_curve *curve = growth_curve_at(c);
        if (!growth->picks[c])
            continue;
        fprintf(out, "%s\"%s\":{\"by_byte\":%s,\"series\":{", comma, curve->name,
                curve->is_by_byte ? "true" : "false");
        for (uint32_t s = 0; s < GROWTH_SERIES_MAX && curve->series[s] != NULL; s++) {
            fprintf(out, "%s", s > 0 ? "," : "");
            print_series_json(out, curve, &growth->figures[c], s);
        }
        fprintf(out, "}}");
        comma = ",";
    }
    fprintf(out, "}}\n");
}

/* Powers of ten. */
struct axes {
    double left, right, low, high;
};

static double place_x(const struct axes *axes, double n)
{
    double share = (log10(fmax(n, 1)) - axes->left) / (axes->right - axes->left);
    return SVG_LEFT + (SVG_WIDTH - SVG_LEFT - SVG_RIGHT) * share;
}

static double place_y(const struct axes *axes, double us)
{
    double share = (log10(us) - axes->low) / (axes->high - axes->low);
    return SVG_HEIGHT - SVG_BOTTOM - (SVG_HEIGHT - SVG_TOP - SVG_BOTTOM) * share;
}

/* Everything is inside, and a flat curve looks flat: a whole decade at least. */
static struct axes find_axes(const struct growth_curve *curve, const struct growth_figures *figures)
{
    double low = INFINITY, high = 0;
    uint32_t last = figures->points > 0 ? figures->points - 1 : 0;
    for (uint32_t i = 0; i < figures->points; i++)
        for (uint32_t s = 0; s < GROWTH_SERIES_MAX; s++)
            if (figures->cells[i][s].is_there) {
                low = fmin(low, figures->cells[i][s].us.min);
                high = fmax(high, figures->cells[i][s].us.max);
            }
    if (high <= 0)
        low = high = 1;
    double middle = (log10(low) + log10(high)) / 2;
    double half = fmax((log10(high) - log10(low)) / 2 + 0.1, HEIGHT_DECADES_MIN / 2);
    struct axes axes = {log10(fmax(curve->sizes[0], 1)), log10(fmax(curve->sizes[last], 1)),
                        middle - half, middle + half};
    if (axes.right <= axes.left)
        axes.right = axes.left + 1;
    return axes;
}

static void draw_axes(FILE *out, const struct axes *axes, const struct growth_curve *curve)
{
    char label[16];
    for (int decade = (int)floor(axes->low); decade <= (int)ceil(axes->high); decade++) {
        for (int part = 1; part < 10; part++) {
            double us = part * pow(10, decade);
            bool is_named = part == 1 || part == 2 || part == 5;
            if (log10(us) < axes->low || log10(us) > axes->high)
                continue;
            snprintf(label, sizeof(label), "%g", us);
            svg_grid_across(out, part == 1 ? "grid" : "fine", place_y(axes, us),
                            is_named ? label : NULL);
        }
    }
    for (int decade = (int)ceil(axes->left); decade <= (int)floor(axes->right); decade++) {
        double n = pow(10, decade);
        bool is_none = decade == 0 && curve->sizes[0] <= 0;
        svg_grid_upright(out, "grid", place_x(axes, n), is_none ? "0" : print_size(n, label));
    }
    svg_name_axes(out, curve->axis, "server's CPU time a request, us");
}

/* A point each, with its range, joined by lines. */
static void draw_series(FILE *out, const struct axes *axes, const struct growth_curve *curve,
                        const struct growth_figures *figures, uint32_t series)
{
    const char *colour = svg_colour(series);
    char step = 'M';
    fprintf(out, "<path class=\"curve\" stroke=\"%s\" d=\"", colour);
    for (uint32_t i = 0; i < figures->points; i++) {
        const struct growth_cell *cell = &figures->cells[i][series];
        if (!cell->is_there)
            continue;
        fprintf(out, "%c%.1f %.1f", step, place_x(axes, curve->sizes[i]),
                place_y(axes, cell->us.median));
        step = 'L';
    }
    fprintf(out, "\"/>\n");
    for (uint32_t i = 0; i < figures->points; i++) {
        const struct growth_cell *cell = &figures->cells[i][series];
        double x = place_x(axes, curve->sizes[i]);
        if (cell->is_there)
            fprintf(out,
                    "<path stroke=\"%s\" d=\"M%.1f %.1fV%.1f\"/><circle cx=\"%.1f\" cy=\"%.1f\" "
                    "r=\"3.5\" fill=\"%s\"/>\n",
                    colour, x, place_y(axes, cell->us.min), place_y(axes, cell->us.max), x,
                    place_y(axes, cell->us.median), colour);
    }
    svg_legend(out, 2 * series, "curve", colour, curve->series[series]);
}

/* What the bound looks like: log n from the cheapest point on; n through the last one where cost in proportion to n is
 * right. */
static void draw_bound(FILE *out, const struct axes *axes, const struct growth_curve *curve,
                       const struct growth_figures *figures, uint32_t series)
{
    struct growth_point points[GROWTH_POINTS_MAX];
    uint32_t count = take_points(curve, figures, series, points);
    if (count < 2)
        return;
    const struct growth_point *through = &points[count - 1];
    double from = axes->left;
    if (!curve->is_by_byte) {
        through = &points[growth_judge(points, count).from];
        from = log10(fmax(through->n, 1));
    }
    char step = 'M';
    fprintf(out, "<path class=\"dashed\" stroke=\"%s\" d=\"", svg_colour(series));
    for (int i = 0; i <= BOUND_STEPS; i++) {
        double n = pow(10, from + (axes->right - from) * i / BOUND_STEPS);
        double us = through->cost *
                    (curve->is_by_byte ? n / through->n : log1p(n) / log1p(fmax(through->n, 1)));
        if (log10(us) < axes->low || log10(us) > axes->high)
            continue;
        fprintf(out, "%c%.1f %.1f", step, place_x(axes, n), place_y(axes, us));
        step = 'L';
    }
    fprintf(out, "\"/>\n");
}

void growth_plot(FILE *out, const struct growth_curve *curve, const struct growth_figures *figures,
                 const char *note)
{
    struct axes axes = find_axes(curve, figures);
    char text[64];
    uint32_t series = 0;
    svg_begin(out, curve->about);
    draw_axes(out, &axes, curve);
    for (; series < GROWTH_SERIES_MAX && curve->series[series] != NULL; series++) {
        struct growth_judgement judgement = growth_judge_series(curve, figures, series);
        draw_bound(out, &axes, curve, figures, series);
        draw_series(out, &axes, curve, figures, series);
        if (judgement.verdict == GROWTH_TOO_FEW)
            continue;
        snprintf(text, sizeof(text), "%sexponent %.2f", curve->is_by_byte ? "a byte: " : "",
                 judgement.exponent);
        fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\">", SVG_WIDTH - SVG_RIGHT + 38,
                SVG_TOP + 16 + 22 * (2 * series + 1) - 6);
        svg_text(out, text);
        fprintf(out, "</text>\n");
    }
    svg_legend(out, 2 * series, "dashed", "#666",
               curve->is_by_byte ? "proportional to n" : "as log n");
    fprintf(out, "<text x=\"%.1f\" y=\"41\" font-size=\"11\" fill=\"#555\">", SVG_LEFT);
    svg_text(out, note);
    fprintf(out, "</text>\n");
    svg_end(out);
}
