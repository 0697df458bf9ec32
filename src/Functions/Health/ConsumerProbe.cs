using System.Globalization;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Health;
using McpFunctions.Functions.Outbox;
using StackExchange.Redis;

namespace McpFunctions.Functions.Health;

/// <summary>Checks that a consumer keeps up with the journals. Without Redis, which holds the journals, the result is unknown.</summary>
/// <param name="name">The consumer's name.</param>
/// <param name="journal">Reads the state of the journals.</param>
/// <param name="maxLag">The allowed age of the oldest event that the consumer has not acknowledged.</param>
/// <param name="ages">Measures that age.</param>
public sealed class ConsumerProbe(string name, RedisJournal journal, TimeSpan maxLag, JournalAges ages) : IHealthProbe
{
    /// <inheritdoc/>
    public string Component { get; } = $"consumer:{name}";

    /// <inheritdoc/>
    public bool IsEssential => false;

    /// <inheritdoc/>
    public HealthCheckResult NoResponse { get; } = HealthCheckResult.Unknown("Redis, which holds the journals, does not answer.");

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<string> types = Subscriptions.TypesOf(name);
            JournalStatus status = await journal.StatusAsync(types, cancellationToken);
            TimeSpan behind = types.Max(type => ages.Of(name, type, status.Group(name, type)));
            long left = types.Sum(type => status.Group(name, type) is { } group ? group.Unread + group.Pending : 0);
            return behind > maxLag
                ? HealthCheckResult.Degraded(string.Create(CultureInfo.InvariantCulture, $"It is {(long)behind.TotalSeconds} s behind, with {left} events to go."))
                : HealthCheckResult.Healthy;
        }
        catch (RedisServerException)
        {
            return NoResponse;
        }
    }
}
