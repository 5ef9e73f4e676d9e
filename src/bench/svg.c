#include "bench/svg.h"

#include "base/check.h"

#include "base/banned.h"

void svg_text(FILE *out, const char *text)
{
    for (; *text != 0; text++) {
        if (*text == '<' || *text == '>' || *text == '&' || (unsigned char)*text < 0x20)
            fprintf(out, "&#%d;", (unsigned char)*text < 0x20 ? ' ' : *text);
        else
            fputc(*text, out);
    }
}

const char *svg_colour(uint32_t index)
{
    static const char *const colours[] = {"#0b6e99", "#c1440e", "#3d7a2a", "#7a3b8f", "#8a6d00"};
    return colours[index % ARRAY_COUNT(colours)];
}

void svg_begin(FILE *out, const char *title)
{
    fprintf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\""
        " font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n"
        "<style>.grid{stroke:#bbb;fill:none}.fine{stroke:#e6e6e6;fill:none}"
        ".curve{stroke-width:2;fill:none}.dashed{stroke-width:1.5;stroke-dasharray:5 4;fill:none}</style>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"%g\" y=\"26\" font-size=\"15\">",
        SVG_WIDTH, SVG_HEIGHT, SVG_WIDTH, SVG_HEIGHT, SVG_LEFT);
    svg_text(out, title);
    fprintf(out, "</text>\n");
}

void svg_end(FILE *out)
{
    fprintf(out, "</svg>\n");
}

void svg_name_axes(FILE *out, const char *x, const char *y)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
            (SVG_LEFT + SVG_WIDTH - SVG_RIGHT) / 2, SVG_HEIGHT - 14);
    svg_text(out, x);
    fprintf(out,
            "</text>\n<text transform=\"translate(20 %.1f) rotate(-90)\" text-anchor=\"middle\">",
            (SVG_TOP + SVG_HEIGHT - SVG_BOTTOM) / 2);
    svg_text(out, y);
    fprintf(out, "</text>\n");
}

void svg_grid_across(FILE *out, const char *class, double y, const char *label)
{
    fprintf(out, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>", class, SVG_LEFT, y,
            SVG_WIDTH - SVG_RIGHT);
    if (label != NULL)
        fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>", SVG_LEFT - 8,
                y + 4, label);
    fputc('\n', out);
}

void svg_grid_upright(FILE *out, const char *class, double x, const char *label)
{
    fprintf(out, "<path class=\"%s\" d=\"M%.1f %.1fV%.1f\"/>", class, x, SVG_TOP,
            SVG_HEIGHT - SVG_BOTTOM);
    if (label != NULL)
        fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>", x,
                SVG_HEIGHT - SVG_BOTTOM + 18, label);
    fputc('\n', out);
}

void svg_legend(FILE *out, uint32_t row, const char *class, const char *colour, const char *name)
{
    double x = SVG_WIDTH - SVG_RIGHT + 14, y = SVG_TOP + 12 + 22 * row;
    fprintf(out,
            "<path stroke=\"%s\" class=\"%s\" d=\"M%.1f %.1fh18\"/><text x=\"%.1f\" y=\"%.1f\">",
            colour, class, x, y, x + 24, y + 4);
    svg_text(out, name);
    fprintf(out, "</text>\n");
}
