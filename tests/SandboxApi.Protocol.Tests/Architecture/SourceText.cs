using System.Text;

namespace SandboxApi.Protocol.Tests.Architecture;

/// <summary>C# without its comments and the text of its strings; the expressions in interpolated strings stay.</summary>
internal sealed class SourceText
{
    private readonly string _text;
    private readonly StringBuilder _code = new();
    private int _at;

    private SourceText(string text) => _text = text;

    public static string CodeOf(string text)
    {
        var source = new SourceText(text);
        while (source._at < text.Length)
            source.Step();
        return source._code.ToString();
    }

    private bool Sees(string what) => string.CompareOrdinal(_text, _at, what, 0, what.Length) == 0;

    private void Step()
    {
        if (Sees("//"))
            _at = End(_text.IndexOf('\n', _at));
        else if (Sees("/*"))
            _at = End(_text.IndexOf("*/", _at, StringComparison.Ordinal) + 2);
        else if (Sees("'"))
            SkipCharacter();
        else if (_text[_at] is '"' or '$' or '@')
            SkipString();
        else
            _code.Append(_text[_at++]);
    }

    private int End(int found) => found < _at ? _text.Length : found;

    private void SkipCharacter()
    {
        _at++;
        while (_at < _text.Length && _text[_at] is not ('\'' or '\n'))
            _at += _text[_at] == '\\' ? 2 : 1;
        _at++;
    }

    private void SkipString()
    {
        var (dollars, isVerbatim) = (0, false);
        for (; _at < _text.Length && _text[_at] is '$' or '@'; _at++)
        {
            dollars += _text[_at] == '$' ? 1 : 0;
            isVerbatim |= _text[_at] == '@';
        }

        var quotes = 0;
        while (_at + quotes < _text.Length && _text[_at + quotes] == '"')
            quotes++;
        if (quotes == 0)
        {
            // An identifier such as @event.
            return;
        }

        _code.Append("\"\"");
        var isRaw = quotes >= 3;
        _at += isRaw ? quotes : 1;
        while (_at < _text.Length)
        {
            if (isRaw ? Sees(new string('"', quotes)) : _text[_at] == '"' && !(isVerbatim && Sees("\"\"")))
            {
                _at += isRaw ? quotes : 1;
                return;
            }

            if (dollars > 0 && IsHole(dollars, isRaw))
                CopyHole(dollars, isRaw);
            else
                _at += !isRaw && (_text[_at] == '\\' && !isVerbatim || Sees("\"\"") || (dollars > 0 && Sees("{{"))) ? 2 : 1;
        }
    }

    private bool IsHole(int dollars, bool isRaw) => Sees(new string('{', isRaw ? dollars : 1)) && (isRaw || !Sees("{{"));

    private void CopyHole(int dollars, bool isRaw)
    {
        _at += isRaw ? dollars : 1;
        _code.Append(' ');
        for (var depth = 1; _at < _text.Length && depth > 0;)
        {
            depth += _text[_at] == '{' ? 1 : _text[_at] == '}' ? -1 : 0;
            if (depth > 0)
                Step();
        }

        _at += isRaw ? dollars : 1;
        _code.Append(' ');
    }
}
