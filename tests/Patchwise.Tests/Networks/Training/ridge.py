"""The same head by scikit-learn's Ridge, one refit for each row that is left out with its group, and a search by scipy for the factor."""
import json, sys
import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.linear_model import Ridge

asked = json.load(sys.stdin)
x, y = np.array(asked["features"], dtype=np.float64), np.array(asked["labels"])
count, classes = len(y), max(y) + 1
groups = np.array(asked["groups"])
deviation = x.std(axis=0)
scale = np.zeros_like(deviation)
scale[deviation > 0] = 1 / deviation[deviation > 0]
start = 0
for channels in asked["depths"]:
    scale[start:start + channels] /= np.sqrt(channels * len(asked["depths"]))
    start += channels
mean = x.mean(axis=0)
z, one = (x - mean) * scale, np.eye(classes)[y]

best = (np.inf, None, None)
for penalty in reversed(asked["penalties"]):
    out = np.zeros_like(one)
    for i in range(count):
        rest = groups != groups[i]
        out[i] = Ridge(alpha=penalty, solver="cholesky").fit(z[rest], one[rest]).predict(z[i:i + 1])[0]
    loss = lambda t: -log_softmax(np.exp(t) * out, axis=1)[np.arange(count), y].mean()
    found = minimize_scalar(loss, bounds=(np.log(0.1), np.log(200)), method="bounded", options=dict(xatol=1e-9))
    if found.fun < best[0] - 1e-12:
        best = (found.fun, penalty, np.exp(found.x))
_, penalty, factor = best
model = Ridge(alpha=penalty, solver="cholesky").fit(z, one)
weight = factor * model.coef_ * scale
json.dump(dict(penalty=penalty, factor=factor, weight=weight.ravel().tolist(), bias=(factor * model.intercept_ - weight @ mean).tolist()), sys.stdout)
