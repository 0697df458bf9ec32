using System.Collections.Concurrent;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>Somebody in whose name requests are sent, and what that user has by now.</summary>
/// <param name="User">The user, in a session.</param>
/// <param name="ApiKey">A key of the user's, with all scopes of its role.</param>
internal sealed record FuzzUser(GatewayUser User, string ApiKey)
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _ids = new();

    /// <summary>Remembers the id of something that was made.</summary>
    public void Remember(string kind, string id)
    {
        var ids = _ids.GetOrAdd(kind, _ => []);
        ids.Enqueue(id);
        if (ids.Count > 20)
        {
            ids.TryDequeue(out _);
        }
    }

    /// <summary>The id of something of a kind; null where there is none.</summary>
    public string? AnyId(string kind, Random random) =>
        _ids.TryGetValue(kind, out var ids) && ids.ToArray() is { Length: > 0 } known ? known[random.Next(known.Length)] : null;

    /// <summary>Whether it was made by this user.</summary>
    public bool Has(string id) => _ids.Values.Any(ids => ids.Contains(id));
}
