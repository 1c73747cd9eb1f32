namespace Patchwise;

/// <summary>A curve as the corner points that are drawn, cut where values are missing.</summary>
static class Runs
{
    internal static List<List<(double X, double Y, double Low)>> Of(CurveMark curve)
    {
        List<List<(double X, double Y, double Low)>> runs = [[]];
        for (var i = 0; i < curve.X.Length; i++)
        {
            var point = (curve.X[i], curve.Y[i], Low: curve.Lower?[i] ?? 0);
            if (double.IsNaN(point.Item2) || double.IsNaN(point.Low))
            {
                if (runs[^1].Count > 0)
                    runs.Add([]);
                continue;
            }
            // A step keeps its value until the next point.
            if (curve.Step && runs[^1] is [.., var last])
                runs[^1].Add((point.Item1, last.Y, last.Low));
            runs[^1].Add(point);
        }
        return [.. runs.Where(run => run.Count > 0)];
    }

    /// <summary>Forth along the curve and back along its lower edge.</summary>
    internal static IEnumerable<(double X, double Y)> Outline(List<(double X, double Y, double Low)> run) =>
        run.Select(point => (point.X, point.Y)).Concat(run.AsEnumerable().Reverse().Select(point => (point.X, point.Low)));
}
