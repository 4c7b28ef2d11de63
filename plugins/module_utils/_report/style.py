# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The style of the HTML page: light and dark by the reader's system, wide, on a phone, and in print."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--ink:#1a2230;--soft:#5b6676;--line:#dfe3e9;--good:#13703b;
--good-soft:#e3f4ea;--bad:#b3261e;--bad-soft:#fcebea;--warn:#8a5300;--warn-soft:#fdf3e0;--track:#eceff3;
--find:#8b95a5;
--fetch:#2f6fde;--load:#7b55d3;--ready:#0f8b8d;--count:#c77700;--query:#c2377c;--probes:#3f8f3f}
@media (prefers-color-scheme:dark){:root{--page:#10141b;--card:#191f29;--ink:#e8ecf2;--soft:#9aa6b6;--line:#2c3543;
--good:#6fd39a;--good-soft:#12301f;--bad:#ff8f86;--bad-soft:#3a1a18;--warn:#f0b860;--warn-soft:#33260f;
--track:#252d39;
--find:#8b95a5;--fetch:#6ea0ff;--load:#ab8cf5;--ready:#4cc5c7;--count:#eaa53d;--query:#f07fb4;--probes:#7cc77c}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%;overflow-wrap:anywhere}
main{max-width:1040px;margin:0 auto;padding:28px 20px 40px}
h1{font-size:1.45rem;line-height:1.25;margin:0;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.02rem;margin:0 0 12px;font-weight:650}
p{margin:0}
.eyebrow{color:var(--soft);font-size:.86rem;margin-bottom:6px}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px;margin-top:16px}
.verdict{border-left:6px solid var(--good);display:flex;gap:18px;align-items:flex-start}
.verdict.bad{border-left-color:var(--bad)}
.verdict svg{flex:none;width:46px;height:46px;margin-top:2px}
.verdict .mark{fill:var(--good-soft);stroke:var(--good)}
.verdict .sign{stroke:var(--good)}
.verdict.bad .mark{fill:var(--bad-soft);stroke:var(--bad)}
.verdict.bad .sign{stroke:var(--bad)}
.verdict .word{font-size:1.75rem;font-weight:700;line-height:1.15;color:var(--good)}
.verdict.bad .word{color:var(--bad)}
.verdict .said{margin-top:4px;font-size:1.02rem}
.verdict ul{margin:10px 0 0;padding-left:1.15em}
.verdict li{margin-top:4px;overflow-wrap:anywhere}
.goals{display:grid;grid-template-columns:repeat(auto-fit,minmax(260px,1fr));gap:16px;margin-top:16px}
.goals .card{margin:0}
.goal-head{display:flex;justify-content:space-between;gap:10px;align-items:center}
.goal-head strong{font-size:1.02rem}
.big{font-size:1.9rem;font-weight:680;letter-spacing:-.02em;line-height:1.2;margin-top:8px;
font-variant-numeric:tabular-nums}
.small{color:var(--soft);font-size:.87rem;overflow-wrap:anywhere}
.pill{display:inline-block;white-space:nowrap;border-radius:99px;padding:1px 10px;font-size:.8rem;font-weight:650;
background:var(--track);color:var(--soft)}
.pill.good{background:var(--good-soft);color:var(--good)}
.pill.bad{background:var(--bad-soft);color:var(--bad)}
.gauge{display:block;width:100%;height:10px;margin:12px 0 6px;border-radius:5px}
.track{fill:var(--track)}.fill-good{fill:var(--good)}.fill-bad{fill:var(--bad)}.fill-none{fill:var(--fetch)}
.limit{stroke:var(--ink);stroke-width:2;vector-effect:non-scaling-stroke}
dl{display:grid;grid-template-columns:minmax(130px,max-content) 1fr;gap:7px 22px;margin:0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:0 0 14px;padding:0;list-style:none;font-size:.86rem;
color:var(--soft)}
.legend li,.verdict div{min-width:0}
.legend svg{width:11px;height:11px;margin-right:6px;vertical-align:-1px}
.lane{display:grid;grid-template-columns:minmax(90px,190px) 1fr 82px;gap:12px;align-items:center;padding:5px 0}
.lane .name{overflow-wrap:anywhere;font-size:.92rem}
.lane svg{display:block;width:100%;height:22px;border-radius:4px}
.lane .time{text-align:right;font-size:.88rem;color:var(--soft);font-variant-numeric:tabular-nums;white-space:nowrap}
.axis{display:grid;grid-template-columns:minmax(90px,190px) 1fr 82px;gap:12px;font-size:.8rem;color:var(--soft)}
.axis span{display:flex;justify-content:space-between}
.axis b{font-weight:400}
.p-find{fill:var(--find)}.p-fetch{fill:var(--fetch)}.p-load{fill:var(--load)}.p-ready{fill:var(--ready)}
.p-count{fill:var(--count)}.p-query{fill:var(--query)}.p-probes{fill:var(--probes)}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:.92rem}
th{text-align:left;color:var(--soft);font-weight:550;font-size:.84rem;border-bottom:1px solid var(--line);
padding:0 14px 7px 0;white-space:nowrap}
td{border-bottom:1px solid var(--line);padding:9px 14px 9px 0;vertical-align:top;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td .why{color:var(--bad);margin-top:3px}
.trend{display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:24px}
.trend svg{display:block;width:100%;height:120px;border-bottom:1px solid var(--line)}
.trend .ends,.trend .top{display:flex;justify-content:space-between;font-size:.8rem;color:var(--soft);margin-top:4px}
.trend .top{margin:0 0 4px}
.past{margin-top:20px}
.dash{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:5 4;vector-effect:non-scaling-stroke;opacity:.7}
.notes{padding-left:1.15em;margin:0}
.notes li{margin-top:5px;color:var(--soft);font-size:.9rem}
.warn{border-left:6px solid var(--warn);background:var(--warn-soft)}
.warn ul{margin:0;padding-left:1.15em}
footer{color:var(--soft);font-size:.82rem;margin-top:18px;overflow-wrap:anywhere}
@media (max-width:640px){main{padding:18px 12px 28px}.card{padding:16px}.verdict{gap:12px}.verdict svg{width:34px;
height:34px}
.verdict .word{font-size:1.45rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}
.lane,.axis{grid-template-columns:1fr 74px;gap:4px 10px}.lane .name{grid-column:1/-1}
.axis span:first-child{display:none}
table.wide thead{display:none}table.wide,table.wide tbody,table.wide tr,table.wide td{display:block;width:100%}
table.wide tr{border-bottom:1px solid var(--line);padding:10px 0}table.wide tr:last-child{border-bottom:0}
table.wide td{border:0;padding:2px 0;text-align:left;white-space:normal}
table.wide td[data-label]{display:grid;grid-template-columns:118px 1fr;gap:8px}
table.wide td[data-label]::before{content:attr(data-label) " ";color:var(--soft);font-size:.84rem;
padding-top:1px}}
@media print{:root{color-scheme:light;--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--good:#0f5f31;
--good-soft:#e3f4ea;--bad:#9b1c15;--bad-soft:#fcebea;--warn:#6f4300;--warn-soft:#fff;--track:#eceff3;--find:#8b95a5;
--fetch:#2f6fde;--load:#7b55d3;--ready:#0f8b8d;--count:#c77700;--query:#c2377c;--probes:#3f8f3f}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}body{font-size:11pt}main{max-width:none;padding:0}
.card,.lane,tr{break-inside:avoid}@page{margin:16mm}}
""".strip()
