namespace Patchwise;

/// <summary>Galleries of which a page shows one at a time: its controls choose. Where no script runs, it is the one that they choose at first.</summary>
public sealed class LiveGallery
{
    public IReadOnlyList<Control> Controls { get; }

    /// <summary>One for every setting of the controls; that of the last control changes first.</summary>
    public IReadOnlyList<Gallery> Galleries { get; }

    /// <summary>What is shown at first.</summary>
    public Gallery Chosen => Galleries[Patchwise.Controls.Chosen(Controls)];

    internal LiveGallery(IReadOnlyList<Control> controls, IReadOnlyList<Gallery> galleries) => (Controls, Galleries) = (controls, galleries);

    public override string ToString() => $"{Chosen}\n  controls: {string.Join("; ", Controls.Select(control =>
        $"{control.Label}: {string.Join(", ", control.Steps.Select((step, i) => i == control.Chosen ? $"[{step}]" : step))}"))}";
}
