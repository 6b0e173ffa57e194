"""Makes the Parquet files beside it, and rows.json with what is in them, by pyarrow.

Run with any Python that has pyarrow (26.0.1 made what is committed):
    python make_parquet.py
"""
import json, os
import pyarrow as pa
import pyarrow.parquet as pq

here = os.path.dirname(os.path.abspath(__file__))
n = 120
words = ["hope", "grief", "café 😀", 'a "quoted" text', "two\nlines", ""]
rows = []
for i in range(n):
    rows.append({
        "text": None if i % 20 == 19 else f"{words[i % len(words)]} {i}" if i % 6 != 5 else "",
        "label": i % 3,
        "name": ["low", "mid", "high"][i % 3],
        "flag": i % 2 == 0,
        "score": i / 4,
        "single": i / 2,
        "big": 2**63 + i,
        "small": 2**32 - 1 - i,
        "tags": None if i % 40 == 7 else [f"t{j}" for j in range(i % 4)],
        "ids": [i, i + 1],
        "nested": {"inner": f"in {i}", "other": i},
    })
schema = pa.schema([
    ("text", pa.string()), ("label", pa.int64()), ("name", pa.dictionary(pa.int32(), pa.string())),
    ("flag", pa.bool_()), ("score", pa.float64()), ("single", pa.float32()),
    ("big", pa.uint64()), ("small", pa.uint32()), ("tags", pa.list_(pa.large_string())), ("ids", pa.list_(pa.int32())),
    ("nested", pa.struct([("inner", pa.string()), ("other", pa.int8())])),
])
for r in rows:
    r["nested"]["other"] %= 100
table = pa.Table.from_pylist(rows, schema=schema)
for name, options in {
    "snappy": dict(compression="snappy"),
    "zstd": dict(compression="zstd", data_page_version="2.0"),
    "gzip": dict(compression="gzip", use_dictionary=False),
    "brotli": dict(compression="brotli"),
    "lz4": dict(compression="lz4", data_page_version="2.0", use_dictionary=False),
    "none": dict(compression="none", row_group_size=31, data_page_size=64),
}.items():
    pq.write_table(table, os.path.join(here, name + ".parquet"), **({"row_group_size": 50} | options))
with open(os.path.join(here, "rows.json"), "w") as f:
    json.dump(rows, f)
# 2 GiB of text in a few kilobytes.
mega = "a" * (1 << 20)
bomb = pa.table({"text": pa.DictionaryArray.from_arrays(pa.array([0] * 2048, pa.int32()), pa.array([mega]))})
pq.write_table(bomb, os.path.join(here, "bomb.parquet"), compression="zstd", dictionary_pagesize_limit=1 << 30)
