using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Operations;

/// <summary>Which events a replay takes.</summary>
/// <param name="Types">The types of event.</param>
/// <param name="From">The oldest event time.</param>
/// <param name="To">The newest event time.</param>
internal sealed record ReplayFilter(IReadOnlyCollection<string> Types, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Reads what a caller has sent.</summary>
    /// <returns>The filter; or rejected, with each wrong field.</returns>
    public static Outcome<ReplayFilter> Read(string? consumer, IReadOnlyList<string>? types, string? from, string? to)
    {
        string typesProblem = $"Send types of event that the consumer takes, or leave it out for all: {string.Join(", ", Subscriptions.TypesOf(consumer ?? ""))}.";
        bool hasFrom = Timestamps.TryParse(from, out DateTimeOffset oldest);
        bool hasTo = Timestamps.TryParse(to, out DateTimeOffset newest) && newest >= oldest;
        FieldErrors errors = new FieldErrors()
            .Check<ReplayRequest>(nameof(ReplayRequest.Consumer), consumer)
            .Check<ReplayRequest>(nameof(ReplayRequest.Types), types, typesProblem)
            .Check(types is null || !OperatorService.IsConsumer(consumer) || !types.Except(Subscriptions.TypesOf(consumer!)).Any(), "types", typesProblem)
            .Check(hasFrom, "from", $"Send {Timestamps.Expected}.")
            .Check(hasTo, "to", "Send a time in RFC 3339 that is not before 'from'.");
        return errors.Failure is { } failure ? failure : new ReplayFilter(types ?? Subscriptions.TypesOf(consumer!), oldest, newest);
    }
}
