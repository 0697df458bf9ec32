using System.Globalization;
using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Storage;

/// <summary>How far each pair of consumer and event type has come, and what the relay knows of losses, in the Consumers table.</summary>
/// <param name="tables">The tables.</param>
public sealed class PairStates(StorageTables tables)
{
    /// <summary>The name of the relay in the Consumers table and in the epochs of Redis.</summary>
    public const string Relay = "relay";

    // The key of the relay's row. Earlier versions kept one row of this key for each consumer.
    private const string State = "state";

    // Older losses merge into the oldest that is kept.
    private const int MaxLosses = 20;

    // Far longer than a relay needs from lowering the low watermark to publishing the event.
    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(2);

    /// <summary>Reads the states of a consumer's pairs.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>
    /// The states by event type; a pair that never ran has none. And the time of the last tick of an earlier version, which had one state for all types.
    /// </returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<(IReadOnlyDictionary<string, PairState> Pairs, DateTimeOffset? OldTick)> ReadAsync(string consumer, CancellationToken cancellationToken)
    {
        Dictionary<string, PairState> pairs = [];
        DateTimeOffset? oldTick = null;
        await foreach (TableEntity row in tables.QueryAsync(StorageTables.Consumers, TableClient.CreateQueryFilter($"PartitionKey eq {consumer}"), cancellationToken))
        {
            if (row.RowKey == State)
            {
                oldTick = row.GetDateTimeOffset("LowWater");
                continue;
            }

            pairs[row.RowKey] = new PairState(
                row.RowKey,
                row.GetDateTimeOffset(nameof(PairState.LowWatermark))!.Value,
                row.GetInt64(nameof(PairState.Epoch))!.Value,
                row.GetDateTimeOffset(nameof(PairState.HeldUntil))!.Value,
                row.GetInt32(nameof(PairState.Losses)) ?? 0,
                row.GetBoolean(nameof(PairState.IsReleased)) == true,
                row.GetInt64(nameof(PairState.Missing)),
                LateEvents.Read(row.GetString(nameof(PairState.Late))),
                row.Timestamp,
                row.ETag.ToString());
        }

        return (pairs, oldTick);
    }

    /// <summary>Writes states of a consumer's pairs, each if it has not changed since it was read.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="states">The states, with the version that was read.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The types whose states are written. Another instance has written the others meanwhile.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<HashSet<string>> TryWriteAsync(string consumer, IEnumerable<PairState> states, CancellationToken cancellationToken)
    {
        TableClient consumers = await tables.GetAsync(StorageTables.Consumers, cancellationToken);
        List<PairState> left = [.. states];
        while (left.Count > 0)
        {
            try
            {
                await StorageCall.RunAsync(() => consumers.SubmitTransactionAsync(left.Select(state => WriteOf(RowOf(consumer, state), state.ETag)), cancellationToken), cancellationToken);
                break;
            }
            catch (TableTransactionFailedException exception) when (exception.Status is 404 or 409 or 412 && exception.FailedTransactionActionIndex is { } index)
            {
                left.RemoveAt(index);
            }
        }

        return [.. left.Select(state => state.Type)];
    }

    /// <summary>
    /// Lowers the low watermarks of pairs for late events, and holds them until the events are published and acknowledged. Call it before they are
    /// published.
    /// </summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="lowest">The earliest event time by type.</param>
    /// <param name="now">The time, by the clock of Redis.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when the low watermarks are not later than those times.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached, or others change the states at every try.</exception>
    public Task LowerAsync(string consumer, IReadOnlyDictionary<string, DateTimeOffset> lowest, DateTimeOffset now, CancellationToken cancellationToken) =>
        ChangeAsync(consumer, lowest, (pair, oldest) => WithLate(pair, oldest, now) with
        {
            LowWatermark = pair.LowWatermark < oldest ? pair.LowWatermark : oldest,
            HeldUntil = pair.HeldUntil > now + Hold ? pair.HeldUntil : now + Hold,
        }, cancellationToken);

    /// <summary>Notes that events get their effects long after their time, so that replays reach back to them. Call it before they are handled.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="lowest">The earliest event time by type.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when it is noted.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached, or others change the states at every try.</exception>
    public Task NoteLateAsync(string consumer, IReadOnlyDictionary<string, DateTimeOffset> lowest, DateTimeOffset now, CancellationToken cancellationToken) =>
        ChangeAsync(consumer, lowest, (pair, oldest) => WithLate(pair, oldest, now), cancellationToken);

    private static PairState WithLate(PairState pair, DateTimeOffset oldest, DateTimeOffset now) =>
        pair with { Late = LateEvents.Add(pair.Late, new LateEvents(now + Hold, oldest)) };

    private async Task ChangeAsync(
        string consumer, IReadOnlyDictionary<string, DateTimeOffset> lowest, Func<PairState, DateTimeOffset, PairState> change, CancellationToken cancellationToken)
    {
        HashSet<string> left = [.. lowest.Keys];
        bool isChanged = await ConflictRetry.TryAsync(
            ConflictRetry.MaxTries,
            async () =>
            {
                (IReadOnlyDictionary<string, PairState> pairs, _) = await ReadAsync(consumer, cancellationToken);
                // A pair that never ran takes over all that its journal holds.
                left.IntersectWith(pairs.Keys);
                PairState[] changed = [.. left.Select(type => change(pairs[type], lowest[type]))];
                left.ExceptWith(await TryWriteAsync(consumer, changed, cancellationToken));
                return left.Count == 0;
            },
            cancellationToken);
        if (!isChanged)
        {
            throw StorageCall.Contended($"the state of consumer {consumer}");
        }
    }

    /// <summary>Reads what the relay knows of losses.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The state; null if the relay never ran.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<RelayState?> ReadRelayAsync(CancellationToken cancellationToken)
    {
        return await tables.FindAsync(StorageTables.Consumers, Relay, State, cancellationToken) is { } row
            ? new RelayState(
                row.GetInt64(nameof(RelayState.Epoch))!.Value,
                row.GetInt32(nameof(RelayState.Losses))!.Value,
                [.. row.GetString(nameof(RelayState.Reached)).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(LossOf)],
                row.Timestamp,
                row.ETag.ToString())
            : null;

        static RelayLoss LossOf(string text) =>
            text.Split(':') is [var number, var epoch] ? new RelayLoss(int.Parse(number, CultureInfo.InvariantCulture), long.Parse(epoch, CultureInfo.InvariantCulture)) : throw new FormatException(text);
    }

    /// <summary>Writes what the relay knows, if it has not changed since it was read.</summary>
    /// <param name="state">The state, with the version that was read.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>False if another instance has written it meanwhile.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<bool> TryWriteRelayAsync(RelayState state, CancellationToken cancellationToken)
    {
        TableClient consumers = await tables.GetAsync(StorageTables.Consumers, cancellationToken);
        RelayLoss[] dropped = [.. state.Reached.SkipLast(MaxLosses)];
        IEnumerable<RelayLoss> kept = state.Reached.TakeLast(MaxLosses)
            .Select((loss, index) => index == 0 && dropped.Length > 0 ? loss with { Epoch = Math.Min(loss.Epoch, dropped.Min(each => each.Epoch)) } : loss);
        var row = new TableEntity(Relay, State)
        {
            [nameof(RelayState.Epoch)] = state.Epoch,
            [nameof(RelayState.Losses)] = state.Losses,
            [nameof(RelayState.Reached)] = string.Join(',', kept.Select(loss => string.Create(CultureInfo.InvariantCulture, $"{loss.Number}:{loss.Epoch}"))),
        };
        try
        {
            await StorageCall.RunAsync(() => consumers.SubmitTransactionAsync([WriteOf(row, state.ETag)], cancellationToken), cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    private static TableTransactionAction WriteOf(TableEntity row, string etag) => etag.Length == 0
        ? new TableTransactionAction(TableTransactionActionType.Add, row)
        : new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, new ETag(etag));

    private static TableEntity RowOf(string consumer, PairState state) => new(consumer, state.Type)
    {
        [nameof(PairState.LowWatermark)] = StorageTables.Storable(state.LowWatermark),
        [nameof(PairState.Epoch)] = state.Epoch,
        [nameof(PairState.HeldUntil)] = state.HeldUntil,
        [nameof(PairState.Losses)] = state.Losses,
        [nameof(PairState.IsReleased)] = state.IsReleased,
        [nameof(PairState.Missing)] = state.Missing,
        [nameof(PairState.Late)] = state.Late.Count > 0 ? LateEvents.Write(state.Late) : null,
    };
}
