using System.Globalization;
using System.Text.Json;

namespace SandboxApi.Server.Configuration;

/// <summary>One thing an operator can set: what binds it, what <c>--help</c> and docs/configure.md say of it.</summary>
internal sealed partial record Setting
{
    /// <summary>On the command line (after <c>--</c>) and in the JSON file.</summary>
    internal required string Name { get; init; }

    /// <summary>The option's property.</summary>
    internal required string Property { get; init; }

    internal required string Description { get; init; }

    /// <summary>What a value must be, to follow "must be".</summary>
    internal required string Allowed { get; init; }

    /// <summary>The default as one would write it; <c>none</c> when there is none.</summary>
    internal required string Default { get; init; }

    /// <summary>Takes the values over; false when one is not allowed. Only a list may be given several.</summary>
    internal required Func<ServeSettings, IReadOnlyList<string>, bool> Assign { get; init; }

    internal bool IsFlag { get; init; }

    internal bool IsList { get; init; }

    /// <summary>Whether an item of the list may hold any character: commas and semicolons then separate nothing, and one text is one item on a command line, and one a line in a variable.</summary>
    internal bool IsFreeText { get; init; }

    /// <summary>Whether the value must not appear in a message.</summary>
    internal bool IsSecret { get; init; }

    /// <summary>The values there are, where they can be counted.</summary>
    internal IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The environment variable.</summary>
    internal string Variable => Prefix + Name.ToUpperInvariant().Replace('-', '_');

    internal const string Prefix = "SANDBOX_";

    internal static Setting Count(string property, string description, long min, long max, Func<ServeSettings, long> get, Action<ServeSettings, long> set, string? special = null, long specialValue = -1) =>
        Whole(property, description, min, max, get, set, special, specialValue, isSize: false);

    internal static Setting Size(string property, string description, long min, long max, Func<ServeSettings, long> get, Action<ServeSettings, long> set, string? special = null, long specialValue = -1) =>
        Whole(property, description, min, max, get, set, special, specialValue, isSize: true);

    internal static Setting Time(string property, string description, TimeSpan min, TimeSpan max, Func<ServeSettings, TimeSpan?> get, Action<ServeSettings, TimeSpan?> set, bool optional = false)
    {
        var range = min == TimeSpan.Zero ? "0 or more" : min.Ticks == 1 ? "more than 0" : $"at least {TimeText.Format(min)}";
        if (max != TimeSpan.MaxValue)
            range += $", at most {TimeText.Format(max)}";
        return Single(property, description, $"a time ({TimeText.Allowed}), {range}{(optional ? ", or none" : "")}", get(new()) is { } value ? TimeText.Format(value) : "none", (settings, text) =>
        {
            if (optional && IsNone(text))
            {
                set(settings, null);
                return true;
            }

            if (!TimeText.TryParse(text, out var time) || time < min || time > max)
                return false;
            set(settings, time);
            return true;
        });
    }

    internal static Setting Text(string property, string description, string allowed, string? defaultText, Action<ServeSettings, string?> set, bool secret = false, Func<string, bool>? check = null) =>
        Single(property, description, allowed, defaultText ?? "none", (settings, text) =>
        {
            if (text.Length == 0 || text.Contains('\0') || check?.Invoke(text) == false)
                return false;
            set(settings, text);
            return true;
        }) with
        { IsSecret = secret };

    internal static Setting Flag(string property, string description, Action<ServeSettings, bool> set) =>
        Single(property, description, "true or false", "false", (settings, text) =>
        {
            if (!bool.TryParse(text, out var value))
                return false;
            set(settings, value);
            return true;
        }) with
        { IsFlag = true };

    internal static Setting Choice<T>(string property, string description, Func<ServeSettings, T> get, Action<ServeSettings, T> set, params T[] values)
        where T : struct, Enum
    {
        return Single(property, description, "one of " + string.Join(", ", values.Select(Lower)), Lower(get(new())), (settings, text) =>
        {
            var index = Array.FindIndex(values, value => Lower(value).Equals(text, StringComparison.OrdinalIgnoreCase));
            if (index < 0)
                return false;
            set(settings, values[index]);
            return true;
        }) with
        { Choices = [.. values.Select(Lower)] };

        static string Lower(T value) => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
    }

    /// <summary>A list that replaces the default as a whole.</summary>
    internal static Setting List<T>(string property, string description, string allowed, string defaultText, Func<ServeSettings, ICollection<T>> get, Func<string, T?> parse)
        where T : class => Create(property, description, allowed, defaultText) with
        {
            IsList = true,
            Assign = (settings, texts) =>
            {
                var items = texts.Select(parse).ToList();
                if (items.Contains(null))
                    return false;
                get(settings).Clear();
                items.ForEach(item => get(settings).Add(item!));
                return true;
            },
        };

    /// <summary>Secrets by label.</summary>
    internal static Setting Labelled(string property, string description, string allowed, Func<string, bool> isLabel, Func<string, bool> isValue, Func<ServeSettings, IDictionary<string, string>> get) =>
        Create(property, description, allowed, "none") with
        {
            IsList = true,
            IsSecret = true,
            Assign = (settings, texts) =>
            {
                var values = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (var text in texts)
                {
                    var split = text.IndexOf('=', StringComparison.Ordinal);
                    if (split < 0 || !isLabel(text[..split]) || !isValue(text[(split + 1)..]) || !values.TryAdd(text[..split], text[(split + 1)..]))
                        return false;
                }

                get(settings).Clear();
                foreach (var (label, value) in values)
                    get(settings)[label] = value;
                return true;
            },
        };

    /// <summary>Limits by block device.</summary>
    internal static Setting Rates(string property, string description, bool isSize, Func<ServeSettings, IDictionary<string, long>> get) =>
        Create(property, description, $"/dev/NAME=LIMIT, where the limit is {(isSize ? SizeText.Allowed : "a whole number")}, at least 1, and each device is named once", "none") with
        {
            IsList = true,
            Assign = (settings, texts) =>
            {
                var limits = new Dictionary<string, long>(StringComparer.Ordinal);
                foreach (var text in texts)
                {
                    var split = text.LastIndexOf('=');
                    if (split < 1 || !text.StartsWith("/dev/", StringComparison.Ordinal) || !TryWhole(text[(split + 1)..], isSize, out var limit) || limit < 1 || !limits.TryAdd(text[..split], limit))
                        return false;
                }

                get(settings).Clear();
                foreach (var (device, limit) in limits)
                    get(settings)[device] = limit;
                return true;
            },
        };

    /// <summary>Environment variables; of two with one name the later holds.</summary>
    internal static Setting Variables(string property, string description, Func<ServeSettings, IDictionary<string, string>> get) =>
        Create(property, description, "NAME=VALUE, where the name is not empty and neither holds NUL; each value whole, commas included", "none") with
        {
            IsList = true,
            IsFreeText = true,

            // A key may stand in it although it should not: the log is no place for it either.
            IsSecret = true,
            Assign = (settings, texts) =>
            {
                if (texts.Count == 0 || texts.Any(text => text.IndexOf('=', StringComparison.Ordinal) < 1 || text.Contains('\0')))
                    return false;
                get(settings).Clear();
                foreach (var text in texts)
                {
                    var split = text.IndexOf('=', StringComparison.Ordinal);
                    get(settings)[text[..split]] = text[(split + 1)..];
                }

                return true;
            },
        };

    private static Setting Whole(string property, string description, long min, long max, Func<ServeSettings, long> get, Action<ServeSettings, long> set, string? special, long specialValue, bool isSize)
    {
        var range = max == long.MaxValue ? $"at least {Format(min)}" : $"from {Format(min)} to {Format(max)}";
        var kind = isSize ? $"a size ({SizeText.Allowed})" : "a whole number";
        var preset = get(new());
        return Single(property, description, $"{kind}, {range}{(special is null ? "" : $", or {specialValue} {special}")}", special is not null && preset == specialValue ? Invariant(preset) : Format(preset), (settings, text) =>
        {
            long value;
            if (special is not null && (text == Invariant(specialValue) || (specialValue == -1 && IsNone(text))))
                value = specialValue;
            else if (!TryWhole(text, isSize, out value) || value < min || value > max)
                return false;
            set(settings, value);
            return true;
        });

        string Format(long value) => isSize ? SizeText.Format(value) : Invariant(value);
    }

    private static bool TryWhole(string text, bool isSize, out long value) =>
        isSize ? SizeText.TryParse(text, out value) : long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static Setting Single(string property, string description, string allowed, string defaultText, Func<ServeSettings, string, bool> assign) =>
        Create(property, description, allowed, defaultText) with { Assign = (settings, texts) => texts.Count == 1 && assign(settings, texts[0]) };

    private static Setting Create(string property, string description, string allowed, string defaultText) => new()
    {
        // Linux writes these two as one word.
        Name = property is "RootFs" or "CpuSet" ? property.ToLowerInvariant() : JsonNamingPolicy.KebabCaseLower.ConvertName(property),
        Property = property,
        Description = description,
        Allowed = allowed,
        Default = defaultText,
        Assign = (_, _) => false,
    };

    private static bool IsNone(string text) => text.Equals("none", StringComparison.OrdinalIgnoreCase);

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);
}
