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
        bool isConsumer = OperatorService.IsConsumer(consumer);
        bool hasFrom = Timestamps.TryParse(from, out DateTimeOffset oldest);
        bool hasTo = Timestamps.TryParse(to, out DateTimeOffset newest) && newest >= oldest;
        FieldErrors errors = new FieldErrors()
            .Check(isConsumer, "consumer", OperatorService.ConsumerProblem())
            // JSON may hold nulls although the type does not allow them.
            .Check(
                types is null || (types.Count > 0 && types.Count <= EventTypes.All.Count && types.All(type => type is not null && (!isConsumer || Subscriptions.Takes(consumer!, type)))),
                "types",
                $"Send types of event that the consumer takes, or leave it out for all: {string.Join(", ", Subscriptions.TypesOf(consumer ?? ""))}.")
            .Check(hasFrom, "from", $"Send {Timestamps.Expected}.")
            .Check(hasTo, "to", "Send a time in RFC 3339 that is not before 'from'.");
        return errors.Failure is { } failure ? failure : new ReplayFilter(types ?? Subscriptions.TypesOf(consumer!), oldest, newest);
    }
}
