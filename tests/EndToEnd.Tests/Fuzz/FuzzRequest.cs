using System.Text;
using System.Text.RegularExpressions;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>A generated request.</summary>
/// <param name="Number">Its number: with the seed, it makes the same request again, but for the ids of what is there.</param>
/// <param name="Kind">What kind of request it is.</param>
/// <param name="Method">Its method.</param>
/// <param name="Target">Its path and query.</param>
/// <param name="Bytes">All of it.</param>
/// <param name="IsBroken">Whether it is no HTTP, or not whole: no answer is an answer then.</param>
/// <param name="By">In whose name it is sent; null for nobody's.</param>
/// <param name="ForeignId">The id of something of another user's that it names, in a path that is otherwise good.</param>
internal sealed partial record FuzzRequest(
    int Number, string Kind, string Method, string Target, byte[] Bytes, bool IsBroken, FuzzUser? By, string? ForeignId)
{
    /// <summary>How long it asks the gateway to wait.</summary>
    public TimeSpan Wait => TimeSpan.FromSeconds(
        AskedWait().Match(Target) is { Success: true } asked ? Math.Min(30, int.Parse(asked.Groups[1].Value, null)) : 0);

    /// <summary>Whether it asks how the gateway is.</summary>
    public bool IsOfHealth => Target.StartsWith("/api/health", StringComparison.OrdinalIgnoreCase);

    /// <summary>The path after <c>/api</c>; null where it is none that a table of routes can be asked for.</summary>
    public string? Path
    {
        get
        {
            var path = Target.Split('?')[0];
            return path.StartsWith("/api/", StringComparison.OrdinalIgnoreCase) && !OddPath().IsMatch(path) ? path[4..] : null;
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = Encoding.UTF8.GetString(Bytes.AsSpan(0, Math.Min(Bytes.Length, 3000)));
        return $"request {Number} ({Kind}), {Bytes.Length} bytes:\n{HasToken().Replace(text, "$1 …")}";
    }

    [GeneratedRegex(@"wait=(\d{1,2})(?!\d)")]
    private static partial Regex AskedWait();

    [GeneratedRegex(@"/\.{1,2}(/|$)|//|\\|%|/$")]
    private static partial Regex OddPath();

    [GeneratedRegex(@"(Bearer|x-api-key:) \S+")]
    private static partial Regex HasToken();
}
