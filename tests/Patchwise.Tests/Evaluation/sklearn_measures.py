import json, sys
import numpy as np
from sklearn import metrics as m

out = []
for table in json.load(sys.stdin):
    count = table["classes"]
    y = np.array(table["labels"])
    p = np.array(table["predicted"])
    names = np.arange(count)
    matrix = m.confusion_matrix(y, p, labels=names)
    precision, recall, f1, support = m.precision_recall_fscore_support(y, p, labels=names, zero_division=0)
    found = dict(accuracy=m.accuracy_score(y, p), balanced=m.balanced_accuracy_score(y, p), confusion=matrix.tolist(),
                 precision=precision.tolist(), recall=recall.tolist(), f1=f1.tolist(), support=support.tolist())
    if table["probabilities"]:
        q = np.array(table["probabilities"], dtype=np.float64).reshape(-1, count)
        one = np.eye(count)[y]
        found["auc"] = [m.roc_auc_score(one[:, k], q[:, k]) if 0 < one[:, k].sum() < len(y) else None for k in range(count)]
        if len(set(y)) == count > 2:
            found["macro"] = m.roc_auc_score(y, q, multi_class="ovr", average="macro")
        found["logloss"] = m.log_loss(y, q, labels=names, eps=2.0**-23)
        found["brier"] = count * m.mean_squared_error(one, q)
        c = q[np.arange(len(y)), p]
        bins = np.minimum((c * 15).astype(int), 14)
        found["ece"] = sum(abs((y == p)[bins == b].mean() - c[bins == b].mean()) * (bins == b).mean() for b in set(bins))
    out.append(found)
json.dump(out, sys.stdout)
