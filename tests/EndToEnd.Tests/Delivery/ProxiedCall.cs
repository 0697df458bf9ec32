using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>A call of the gateway to one of its stores.</summary>
/// <param name="Verb">For storage the method, or <c>BATCH</c> for an entity-group transaction; for Redis the command, <c>EVALSHA</c> for any script.</param>
/// <param name="Text">The whole call.</param>
internal sealed record ProxiedCall(string Verb, string Text)
{
    /// <summary>A request to storage.</summary>
    public static ProxiedCall Of(HttpRequest request)
    {
        var text = $"{Uri.UnescapeDataString($"{request.Path}{request.QueryString}")} {StorageProxy.BodyOf(request)}";
        return new ProxiedCall(StorageProxy.IsTransaction(request) ? "BATCH" : request.Method, text);
    }

    /// <summary>A command to Redis.</summary>
    public static ProxiedCall Of(RedisCommand command) => new(command.Name == "EVAL" ? "EVALSHA" : command.Name, command.Text);

    /// <summary>Whether the call matches.</summary>
    /// <param name="verb">The verb; several are separated by <c>|</c>.</param>
    /// <param name="texts">Texts that the call contains; after a <c>!</c>, a text that it does not contain.</param>
    public bool Is(string verb, params IEnumerable<string> texts) =>
        verb.Split('|').Contains(Verb)
        && texts.All(text => text[0] == '!' ? !Text.Contains(text[1..], StringComparison.Ordinal) : Text.Contains(text, StringComparison.Ordinal));
}
