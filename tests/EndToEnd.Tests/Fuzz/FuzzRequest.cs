using System.Text;
using System.Text.RegularExpressions;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>A generated request.</summary>
/// <param name="Number">The number of the request. Seed and number make the same request again, except for the ids of existing items.</param>
/// <param name="Kind">The kind of the request.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query.</param>
/// <param name="Bytes">The whole request.</param>
/// <param name="IsBroken">Whether it is invalid or incomplete HTTP. Then the gateway may close the connection without a response.</param>
/// <param name="By">The user who sends it; null for none.</param>
/// <param name="ForeignId">The id of another user's item, in a path that is otherwise valid.</param>
internal sealed partial record FuzzRequest(
    int Number, string Kind, string Method, string Target, byte[] Bytes, bool IsBroken, FuzzUser? By, string? ForeignId)
{
    /// <summary>How long it asks the gateway to wait.</summary>
    public TimeSpan Wait => TimeSpan.FromSeconds(
        AskedWait().Match(Target) is { Success: true } asked ? Math.Min(30, int.Parse(asked.Groups[1].Value, null)) : 0);

    /// <summary>Whether it asks for the gateway's health.</summary>
    public bool IsOfHealth => Target.StartsWith("/api/health", StringComparison.OrdinalIgnoreCase);

    /// <summary>The path after <c>/api</c>; null when it is no plain path that a route can match.</summary>
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
