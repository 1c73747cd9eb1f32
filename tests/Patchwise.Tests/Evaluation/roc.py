import json, sys
import numpy as np
from sklearn import metrics as m

out = []
for one in json.load(sys.stdin):
    y, s = np.array(one["positive"]), np.array(one["scores"])
    fpr, tpr, _ = m.roc_curve(y, s, drop_intermediate=False)
    out.append(dict(auc=m.roc_auc_score(y, s), fpr=fpr.tolist(), tpr=tpr.tolist()))
json.dump(out, sys.stdout)
