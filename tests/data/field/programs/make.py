#!/usr/bin/python3
"""Makes the programs and the checkpoint beside this file, and expected.json: what is right for the patches of TorchEngineTests.Samples.

Debian 12: python3-numpy python3-torch. Records that name the lines a program was made from are left out.
"""
import argparse, collections, datetime, io, json, pathlib, zipfile
import numpy as np, torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
W = torch.tensor([[-9.0, 20, -8], [-8, -9, 21], [12, -10, -6]])
B = torch.tensor([1.0, 0.5, -0.25])


class Means(nn.Module):
    """Three values a patch: the means of its channels by fixed weights."""
    def __init__(self, rows=3):
        super().__init__()
        self.last = nn.Linear(3, rows)
        with torch.no_grad():
            self.last.weight.copy_(W[:rows])
            self.last.bias.copy_(B[:rows])

    def values(self, x):
        return self.last(x.mean([2, 3]))

    def forward(self, x):
        return self.values(x)


class OneSigmoid(Means):
    def forward(self, x):
        return torch.sigmoid(self.values(x))


class Squeezed(Means):
    def forward(self, x):
        return torch.sigmoid(self.values(x))[:, 0]


class Labels(Means):
    def forward(self, x):
        return torch.sigmoid(self.values(x))


class Softmax(Means):
    def forward(self, x):
        return torch.exp(torch.log_softmax(self.values(x), 1)).reshape(-1, 3)


class Two(Means):
    def forward(self, x):
        return x.mean([2, 3]), self.values(x)


class ChannelsLast(Means):
    def forward(self, x):
        assert x.size(3) == 3
        return self.values(x.permute(0, 3, 1, 2))


class Bytes(Means):
    def forward(self, x):
        assert x.dtype == torch.uint8
        return self.values(x.float() / 255)


def save(net, name):
    whole = io.BytesIO()
    torch.jit.save(torch.jit.script(net.eval()), whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(HERE / f'{name}.pt', 'w') as target:
        for entry in source.infolist():
            if not entry.filename.endswith('.debug_pkl'):
                target.writestr(zipfile.ZipInfo(name + entry.filename[entry.filename.index('/'):]), source.read(entry))


i = np.arange(2 * 32 * 32 * 3, dtype=np.int64)
x = ((7 * i * i + 37 * i + 11) // 13 % 256).reshape(2, 32, 32, 3) / 255
z = x.mean((1, 2)) @ W.double().numpy().T + B.double().numpy()
softmax = np.exp(z - z.max(1, keepdims=True))
softmax = softmax / softmax.sum(1, keepdims=True)
sigmoid = 1 / (1 + np.exp(-z))
pair = np.stack([1 - sigmoid[:, 0], sigmoid[:, 0]], 1)
expected = {}
for name, net, right in (('one_logit', Means(1), pair), ('one_sigmoid', OneSigmoid(1), pair), ('squeezed', Squeezed(1), pair), ('labels', Labels(), sigmoid),
        ('softmax', Softmax(), softmax), ('two', Two(), softmax), ('channels_last', ChannelsLast(), softmax), ('bytes', Bytes(), softmax),
        ('half', Means().half(), softmax)):
    save(net, name)
    expected[name] = right.round(7).tolist()
(HERE / 'expected.json').write_text(json.dumps(expected) + '\n')

# What training scripts keep beside weights.
torch.save({'state_dict': Means().state_dict(), 'epoch': np.int64(3), 'best': np.float32(0.5), 'history': collections.Counter(a=1, b=2),
    'losses': collections.defaultdict(list, train=[1.0, 0.5]), 'args': argparse.Namespace(lr=0.1, size=torch.Size([3, 32])), 'when': datetime.datetime(2024, 1, 2),
    'took': datetime.timedelta(seconds=5), 'shape': torch.Size([1, 3]), 'device': torch.device('cpu'), 'type': torch.float32, 'folder': pathlib.PurePosixPath('a/b'),
    'classes': {'A', 'B'}, 'parameter': nn.Parameter(torch.ones(2)), 'curve': np.arange(3.0), 'last': collections.deque([1, 2]), 'complex': 1 + 2j},
    HERE / 'harmless.pth')
torch.save({'state_dict': Means().state_dict(), 'args': argparse.Namespace(lr=0.1), 'when': datetime.date(2024, 1, 2), 'sets': frozenset('ab'), 'raw': bytearray(b'x')},
    HERE / 'harmless4.pth', pickle_protocol=4)
