"""The words of the papers, version 1. Papers are Chinese in every language of the pages: they are official documents.

A change of words or order gets a new VERSION, which manifest.json carries.
"""

VERSION = 1

ENV_CLASSES = {"general": "一般固体废物", "electronic": "电子废物", "hazardous": "危险废物"}
NONE = "无"
NOTHING = "—"
END = "以　下　空　白"
CONTINUED = "（续）"

LABELS = "批次标签"
LABEL_ROWS = ("单位", "物品", "封条", "方式")
MORE_NAMES = "等{n}项"
PIECE = "第 {n} 件　共 {all} 件"
