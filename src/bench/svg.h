/* What the pictures have in common: a plain SVG with two logarithmic axes, readable on paper. */
#ifndef LEAT_BENCH_SVG_H
#define LEAT_BENCH_SVG_H

#include <stdint.h>
#include <stdio.h>

/* In the units of the picture: where the field of the curves is. */
#define SVG_WIDTH  890.0
#define SVG_HEIGHT 480.0
#define SVG_LEFT   78.0
#define SVG_RIGHT  180.0 /* room for the names of curves */
#define SVG_TOP    46.0
#define SVG_BOTTOM 56.0

/* Opens the picture, on white; title: any text. */
void svg_begin(FILE *out, const char *title);
void svg_end(FILE *out);
/* Any text, escaped. */
void svg_text(FILE *out, const char *text);
/* Of the curve with that index. */
const char *svg_colour(uint32_t index);
/* Names of the axes. */
void svg_name_axes(FILE *out, const char *x, const char *y);
/* A line of the grid (class "grid" or "fine") across, with a number at its left; label NULL: none. */
void svg_grid_across(FILE *out, const char *class, double y, const char *label);
/* ... and upright, with the number below. */
void svg_grid_upright(FILE *out, const char *class, double x, const char *label);
/* The name of a curve, with its stroke, in the legend at the right. class: "curve" or "dashed". */
void svg_legend(FILE *out, uint32_t row, const char *class, const char *colour, const char *name);

#endif
