/* How the report says things, and what it looks like. */
#include "plot.h"
#include "train/report/parts.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

const char report_style[] =
    ":root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--soft:#59636e;--edge:#d1d9e0;--grid:#eaeef2;--card:#f6f8fa;"
    "--gear:#0969da;--model:#d9480f;--error:#8c959f;--train:#8c959f;--validate:#1a7f37;--test:#8250df;"
    "--s0:#f8c9c4;--s1:#fbe0b0;--s2:#e9edb0;--s3:#bfe6bf;--s4:#94d6ad}"
    "@media(prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--soft:#9198a1;--edge:#3d444d;--grid:#21262d;"
    "--card:#151b23;--gear:#58a6ff;--model:#ff9452;--error:#6e7681;--train:#6e7681;--validate:#3fb950;--test:#bc8cff;"
    "--s0:#5c2622;--s1:#5c4416;--s2:#4b5019;--s3:#1f4f2a;--s4:#0f6138}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,'Liberation Sans',sans-serif}"
    "main{max-width:1000px;margin:0 auto;padding:28px 20px 60px}h1{font-size:30px;line-height:1.2;margin:0}"
    "h2{font-size:20px;margin:44px 0 4px}p{margin:4px 0 12px}.soft{color:var(--soft)}"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:12px;margin:22px 0 6px}"
    ".card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:12px 16px}"
    ".card b{display:block;font-size:25px;line-height:1.25}.card span{color:var(--soft);font-size:14px}"
    "table{border-collapse:collapse;width:100%;font-size:15px}th{text-align:left;color:var(--soft);font-weight:600}"
    "th,td{padding:6px 12px 6px 0;border-bottom:1px solid var(--grid);vertical-align:top}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.facts td:first-child{color:var(--soft);width:190px}"
    "ul{margin:6px 0;padding-left:20px}li{margin:3px 0}code{background:var(--card);border-radius:5px;padding:1px 6px;"
    "font-size:14px}.fault{color:var(--model);font-weight:600}"
    ".hear{display:flex;flex-wrap:wrap;gap:8px 26px;align-items:center;margin:6px 0 2px}"
    ".hear span{display:flex;align-items:center;gap:8px;font-size:14px}audio{height:34px;max-width:300px}"
    ".key{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:14px;color:var(--soft);margin:2px 0 0}"
    ".key i{display:inline-block;width:18px;height:4px;border-radius:2px;margin:0 6px 3px 0}"
    "svg{display:block;width:100%;height:auto;margin:6px 0}"
    "svg text{font-size:12px;fill:var(--soft)}svg .title{font-size:14px;font-weight:600;fill:var(--ink)}"
    ".frame{fill:none;stroke:var(--edge)}.grid{fill:none;stroke:var(--grid)}"
    ".line{fill:none;stroke-width:1.6;stroke-linejoin:round}.line.gear{stroke:var(--gear);stroke-width:2.6;opacity:.85}"
    ".line.model{stroke:var(--model)}.line.error{stroke:var(--error);stroke-width:1.3}.line.train{stroke:var(--train)}"
    ".line.validate{stroke:var(--validate);stroke-width:2}.line.best{stroke:var(--ink);stroke-dasharray:5 5;opacity:.6}"
    ".wave{fill:none;stroke-width:1}.wave.train{stroke:var(--train)}.wave.validate{stroke:var(--validate)}"
    ".wave.test{stroke:var(--test)}.dot.train{fill:var(--train)}.dot.validate{fill:var(--validate)}"
    ".dot.test{fill:var(--test)}.mark{fill:var(--ink)}.best{fill:none;stroke:var(--ink);stroke-width:1.5}"
    ".step0{fill:var(--s0)}.step1{fill:var(--s1)}.step2{fill:var(--s2)}.step3{fill:var(--s3)}.step4{fill:var(--s4)}";

const char *report_db(double esr, char text[32])
{
    double db = finish_db(esr);
    if (!isfinite(esr))
        snprintf(text, 32, "–");
    else
        snprintf(text, 32, "%s%.1f dB", db < 0 ? "−" : "", fabs(db));
    return text;
}

const char *report_esr(double esr, char text[32])
{
    double digits = 2 - floor(log10(fmax(esr, 1e-9))); /* three that matter */
    if (!isfinite(esr))
        snprintf(text, 32, "–");
    else
        snprintf(text, 32, "%.*f", (int)fmax(digits, 2), esr);
    return text;
}

void report_say(const Report *report, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(report->out, format, arguments);
    va_end(arguments);
}

void report_quote(const Report *report, const char *text)
{
    plot_escape(report->out, text);
}

const char *report_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void report_say_time(const Report *report, double seconds)
{
    if (seconds < 90)
        report_say(report, "%.0f s", seconds);
    else if (seconds < 5400)
        report_say(report, "%.0f min", seconds / 60);
    else
        report_say(report, "%.1f h", seconds / 3600);
}

const FitPoint *report_last_point(const Report *report)
{
    const TrainStory *story = &report->outcome->story;
    return story->n_points ? &story->points[story->n_points - 1] : NULL;
}
