using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>
/// Notices for all pairs that Redis came back empty or with an old file. A pair that was not running learns of it here: its own epoch may have been
/// written after the old file was saved, and not before.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="states">Stores the losses.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs losses.</param>
public sealed partial class RelayLossDetection(RedisConnection redis, PairStates states, TimeProvider time, ILogger<RelayLossDetection> logger)
{
    private static readonly RedisScript EpochScript = RedisScript.Embedded("Outbox.epoch.lua");

    /// <summary>Compares the relay's epoch in Redis with that in storage, counts a loss, and raises both. The count is stored before the new epoch hides the loss.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True if nothing was lost since. False if another relay compares, or Redis has lost its state meanwhile: delete no outbox entry then.</returns>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached.</exception>
    public async Task<bool> CompareAsync(CancellationToken cancellationToken)
    {
        RelayState? state = await states.ReadRelayAsync(cancellationToken);
        RedisKey key = EventKeys.EpochsOf(PairStates.Relay);
        RedisValue copy = await redis.RunAsync("HGET", database => database.HashGetAsync(key, PairStates.Relay), cancellationToken);
        long? redisEpoch = !copy.IsNull && copy.TryParse(out long milliseconds) ? milliseconds : null;
        long next = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), (state?.Epoch ?? 0) + 1);
        var raised = new RelayState(next, state?.Losses ?? 0, state?.Reached ?? [], ETag: state?.ETag ?? "");
        if (state is not null && (redisEpoch is null || redisEpoch < state.Epoch))
        {
            long reached = redisEpoch ?? state.Epoch;
            raised = raised with { Losses = raised.Losses + 1, Reached = [.. raised.Reached, new RelayLoss(raised.Losses + 1, reached)] };
            LogLoss(raised.Losses, DateTimeOffset.FromUnixTimeMilliseconds(reached));
        }

        return await states.TryWriteRelayAsync(raised, cancellationToken)
            && (long)await redis.RunAsync(
                EpochScript, [key], [PairStates.Relay, copy.IsNull ? "" : copy, next], cancellationToken) == 1;
    }

    /// <summary>Adds the probe of the script that writes epochs.</summary>
    internal static void AddProbes(RedisProbes probes) => probes.AddScript("Outbox.epoch.lua", [probes.Key("epoch")], ["probe", "", 1]);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis lost state (loss {Number}). What it got since {Reached:u} may be gone, and recovery replays it.")]
    private partial void LogLoss(int number, DateTimeOffset reached);
}
