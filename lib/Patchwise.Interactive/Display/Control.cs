using Newtonsoft.Json;

namespace Patchwise;

/// <summary>A slider of a figure on a page, with named steps. It works without a kernel: what each step shows was computed before.</summary>
/// <param name="Label">What it changes.</param>
/// <param name="Steps">In words, such as 20x.</param>
/// <param name="Chosen">The step that is shown at first, and where no script runs.</param>
public sealed record Control([property: JsonProperty("label")] string Label, [property: JsonProperty("steps")] IReadOnlyList<string> Steps,
    [property: JsonProperty("chosen")] int Chosen)
{
    /// <param name="values">Ascending.</param>
    /// <param name="chosen">One of them.</param>
    internal static Control Of<T>(string label, IReadOnlyList<T> values, T chosen, Func<T, string> say) =>
        new(label, [.. values.Select(say)], values.Index().First(value => Equals(value.Item, chosen)).Index);
}

/// <summary>What a figure shows at one setting of its controls.</summary>
/// <param name="Words">Below the controls.</param>
/// <param name="Data">Of a chart: what its traces take on, as plotly.js has it.</param>
/// <param name="Layout">Of a chart: what its layout takes on.</param>
/// <param name="Traces">That the data is for; null: for all.</param>
sealed record State([property: JsonProperty("words")] string Words, [property: JsonProperty("data")] object? Data = null,
    [property: JsonProperty("layout")] object? Layout = null, [property: JsonProperty("traces")] int[]? Traces = null);

/// <summary>What the layout of a chart keeps for the page that draws it.</summary>
/// <param name="Level0">Over an image: px of level 0 in a unit of the axes.</param>
/// <param name="Says">The line below it.</param>
/// <param name="Viewer">The address of a viewer to which the cells of a heat map lead.</param>
/// <param name="Classes">The numbers of rows and columns there.</param>
sealed record Meta([property: JsonProperty("level0")] double? Level0 = null, [property: JsonProperty("says")] string? Says = null,
    [property: JsonProperty("controls")] Controls? Controls = null, [property: JsonProperty("viewer")] string? Viewer = null,
    [property: JsonProperty("classes")] IReadOnlyList<int>? Classes = null);

/// <summary>The controls of a figure with a state for every setting; that of the last control changes first.</summary>
sealed record Controls([property: JsonProperty("controls")] IReadOnlyList<Control> All, [property: JsonProperty("states")] IReadOnlyList<State> States)
{
    internal static int Chosen(IEnumerable<Control> controls) => controls.Aggregate(0, (at, control) => at * control.Steps.Count + control.Chosen);

    /// <summary>The settings, and what is said of them, as they are at first.</summary>
    internal string Words =>
        $"{string.Join(", ", All.Select(control => $"{control.Label}: {control.Steps[control.Chosen]}"))}. {States[Chosen(All)].Words}".TrimEnd();

    /// <summary>
    /// The function that puts the controls before an element and calls back with the state of each setting. They are the browser's own, which keys and readers
    /// of screens know; a script makes them, so that none is there where it would do nothing.
    /// </summary>
    internal const string Script = $$"""
              function control(box, before, meta, show) {
                function add(parent, kind, style) {
                  var part = parent.appendChild(document.createElement(kind));
                  part.style.cssText = style;
                  return part;
                }
                var bar = document.createElement('div'), sliders = [], words;
                bar.setAttribute('data-controls', '');
                bar.setAttribute('role', 'group');
                bar.setAttribute('aria-label', 'controls of the figure');
                bar.style.cssText = 'font:13px {{Style.Fonts}};color:{{Style.Ink}};background:#f6f7f8;border:1px solid {{Style.Grid}};border-radius:4px;' +
                  'display:flex;flex-wrap:wrap;gap:6px 28px;align-items:center;padding:8px 14px;margin:6px 10px;max-width:1040px;box-sizing:border-box';
                // A notebook's page takes keys for commands of its own.
                bar.addEventListener('keydown', function (event) { event.stopPropagation(); });
                function turn(quiet) {
                  var at = sliders.reduce(function (at, slider, i) {
                    var steps = meta.controls[i].steps, step = steps[slider.value];
                    slider.setAttribute('aria-valuetext', step);
                    slider.nextSibling.textContent = step;
                    return at * steps.length + Number(slider.value);
                  }, 0);
                  words.textContent = meta.states[at].words;
                  if (quiet !== true) show(meta.states[at], at);
                }
                meta.controls.forEach(function (one) {
                  var label = add(bar, 'label', 'display:flex;align-items:center;gap:8px;margin:0;font-weight:normal');
                  add(label, 'span', '').textContent = one.label;
                  var slider = add(label, 'input', 'width:150px;margin:0');
                  add(label, 'span', 'min-width:44px;font-weight:bold').setAttribute('aria-hidden', 'true'); // the slider says it
                  slider.type = 'range';
                  slider.min = 0;
                  slider.max = one.steps.length - 1;
                  slider.step = 1;
                  slider.value = one.chosen;
                  slider.addEventListener('input', turn);
                  sliders.push(slider);
                });
                var back = add(bar, 'button', 'font:inherit;padding:1px 10px');
                back.type = 'button';
                back.textContent = 'as at first';
                back.addEventListener('click', function () {
                  sliders.forEach(function (slider, i) { slider.value = meta.controls[i].chosen; });
                  turn();
                });
                words = add(bar, 'div', 'flex-basis:100%;line-height:18px' + (meta.states[0].words ? ';min-height:54px' : ';display:none'));
                words.setAttribute('role', 'status');
                turn(true);
                box.insertBefore(bar, before);
                return bar;
              }
        """;
}
