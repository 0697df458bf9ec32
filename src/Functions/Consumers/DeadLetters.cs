using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Consumers;

/// <summary>The dead letters of all consumers, in the DeadLetters table.</summary>
/// <param name="tables">The tables.</param>
/// <param name="time">The clock.</param>
/// <param name="attempts">Hands events to consumers.</param>
/// <param name="states">Notes events that get their effects long after their time.</param>
/// <param name="metrics">Counts dead letters.</param>
/// <param name="effects">Reports them to operators.</param>
/// <param name="logger">Logs what happens.</param>
public sealed partial class DeadLetters(
    StorageTables tables, TimeProvider time, ConsumerAttempt attempts, PairStates states, DeliveryMetrics metrics, EffectLog effects, ILogger<DeadLetters> logger)
{
    private const string Body = "Body";
    private const string Conflict = "conflict:";
    private const int ConflictHashBytes = 16;

    // A property holds 64 KiB. An event or a message fits together with one error, which has at most 6 KiB.
    private const int MaxBodyBytes = 60 * 1024;
    private const int MaxRawBytes = 52 * 1024;
    private const int MaxRawLength = 16_384;
    private const int MaxErrorLength = 1_024;
    private const int MaxHistory = 10;

    /// <summary>Adds an event to the dead letters of a consumer. A second call with its id adds to its history.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="domainEvent">The event.</param>
    /// <param name="error">The error.</param>
    /// <param name="attempts">The number of attempts.</param>
    /// <param name="source">What brought the event, for operators.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task AddAsync(string consumer, DomainEvent domainEvent, string error, int attempts, string source, CancellationToken cancellationToken) =>
        AddAsync(consumer, KeyPart.Of(domainEvent.Id), domainEvent, error, attempts, source, cancellationToken);

    /// <summary>
    /// Adds a failed event to the dead letters of a consumer. An event with another event's id gets a dead letter of its own, since it must
    /// not replace that event. The id is the same for all callers.
    /// </summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="domainEvent">The event.</param>
    /// <param name="failure">The failure.</param>
    /// <param name="attempts">The number of attempts.</param>
    /// <param name="source">What brought the event, for operators.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task AddAsync(string consumer, DomainEvent domainEvent, Exception failure, int attempts, string source, CancellationToken cancellationToken)
    {
        string id = failure is EventIdConflictException ? ConflictIdOf(domainEvent) : KeyPart.Of(domainEvent.Id);
        return AddAsync(consumer, id, domainEvent, Describe(failure), attempts, source, cancellationToken);
    }

    /// <summary>The id of the dead letter for an event with another event's id.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <returns><c>conflict:{event id}:{hash of the event}</c>.</returns>
    public static string ConflictIdOf(DomainEvent domainEvent) =>
        $"{Conflict}{KeyPart.Of(domainEvent.Id)}:{Convert.ToHexStringLower(SHA256.HashData(EventParser.Write(domainEvent))[..ConflictHashBytes])}";

    /// <summary>Adds a message that is not an event to the dead letters of a consumer.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="raw">The message.</param>
    /// <param name="problem">The reason why it is not an event.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task AddRawAsync(string consumer, string raw, string problem, CancellationToken cancellationToken) =>
        AddRawAsync(consumer, $"raw:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(raw)))}", raw, problem, cancellationToken);

    /// <summary>Adds a damaged row to the dead letters of a consumer, under the event's id.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="unreadable">The row.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task AddAsync(string consumer, UnreadableEvent unreadable, CancellationToken cancellationToken) =>
        AddRawAsync(consumer, unreadable.Key[GatewayRow.EventPrefix.Length..], Encoding.UTF8.GetString(unreadable.Body), unreadable.ToString(), cancellationToken);

    /// <summary>Reads a dead letter.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="id">Its id: that of an event in any form, <c>conflict:{event id}:{hash}</c>, or <c>raw:{sha256}</c>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The dead letter; null if there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<DeadLetter?> FindAsync(string consumer, string id, CancellationToken cancellationToken) =>
        await tables.FindAsync(StorageTables.DeadLetters, consumer, KeyOf(id), cancellationToken) is { } row ? Read(row) : null;

    /// <summary>Lists dead letters by consumer and id.</summary>
    /// <param name="consumer">The consumer's name; null for all.</param>
    /// <param name="type">The type of event; null for all, including messages that are not events.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<Domain.Page<DeadLetter>>> ListAsync(string? consumer, string? type, PageRequest page, CancellationToken cancellationToken) =>
        await page.FillAsync(
            place => place.Split('/').Length == 2,
            place => tables
                .QueryAsync(StorageTables.DeadLetters, FilterOf(consumer, type, place?.Split('/') ?? ["", ""]), cancellationToken)
                .Select(row => ($"{row.PartitionKey}/{row.RowKey}", Read(row))));

    private static string FilterOf(string? consumer, string? type, string[] after)
    {
        List<string> terms = [TableClient.CreateQueryFilter($"(PartitionKey gt {after[0]} or (PartitionKey eq {after[0]} and RowKey gt {after[1]}))")];
        if (consumer is not null)
        {
            terms.Add(TableClient.CreateQueryFilter($"PartitionKey eq {consumer}"));
        }

        if (type is not null)
        {
            terms.Add(TableClient.CreateQueryFilter($"Type eq {type}"));
        }

        return string.Join(" and ", terms);
    }

    /// <summary>Counts the dead letters of a consumer.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="max">The highest count.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The count, at most the maximum.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<int> CountAsync(string consumer, int max, CancellationToken cancellationToken) => tables.CountAsync(
        StorageTables.DeadLetters, TableClient.CreateQueryFilter($"PartitionKey eq {consumer}"), max, cancellationToken);

    /// <summary>Tries a dead letter again. If the consumer handles it, it is deleted; otherwise the failure is added to its history.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="letter">The dead letter.</param>
    /// <param name="edit">The change of its event; null if it is as it was.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True if it was handled.</returns>
    /// <exception cref="DependencyUnavailableException">Storage, or the consumer's store, cannot be reached: no failure of the event.</exception>
    public async Task<bool> RetryAsync(IEventConsumer consumer, DeadLetter letter, DeadLetterEdit? edit, CancellationToken cancellationToken)
    {
        if (letter.Event is null)
        {
            return false;
        }

        DateTimeOffset now = time.GetUtcNow();
        if (LateEvents.IsLate(letter.Event.Timestamp, now))
        {
            await states.NoteLateAsync(consumer.Name, new Dictionary<string, DateTimeOffset> { [letter.Event.Type] = letter.Event.Timestamp }, now, cancellationToken);
        }

        // An id belongs to one event, even when the other event is gone and cannot be compared.
        Exception? failure = IsConflictOf(letter, letter.Event.Id)
            ? new EventIdConflictException(letter.Event.Id)
            : (await attempts.TryAsync(consumer, letter.Event, cancellationToken)).Failure;
        ConsumerAttempt.ThrowIfItDoesNotCount(failure);
        if (failure is not null)
        {
            await AddAsync(consumer.Name, letter.Id, letter.Event, Describe(failure), 1, Effect.Operator, cancellationToken, edit);
            return false;
        }

        await DeleteAsync(letter.Consumer, letter.Id, cancellationToken);
        await effects.ReportAsync([Effect.Of(letter.Event, consumer.Name, Effect.Handled, Effect.Operator, time.GetUtcNow())]);
        return true;
    }

    /// <summary>Whether a dead letter stands for an event whose id belongs to another event.</summary>
    /// <param name="letter">The dead letter.</param>
    /// <param name="eventId">The id.</param>
    /// <returns>True if an event with this id cannot be handled.</returns>
    public static bool IsConflictOf(DeadLetter letter, string eventId) =>
        letter.Id.StartsWith($"{Conflict}{KeyPart.Of(eventId)}:", StringComparison.Ordinal);

    /// <summary>Discards a dead letter.</summary>
    /// <param name="letter">The dead letter.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task DiscardAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        await DeleteAsync(letter.Consumer, letter.Id, cancellationToken);
        if (letter.Event is { } domainEvent)
        {
            await effects.ReportAsync([Effect.Of(domainEvent, letter.Consumer, Effect.Discarded, Effect.Operator, time.GetUtcNow())]);
        }
    }

    private async Task DeleteAsync(string consumer, string id, CancellationToken cancellationToken)
    {
        TableClient table = await tables.GetAsync(StorageTables.DeadLetters, cancellationToken);
        await StorageCall.RunAsync(() => table.DeleteEntityAsync(consumer, KeyOf(id), cancellationToken: cancellationToken), cancellationToken);
    }

    /// <summary>Formats an exception for operators.</summary>
    /// <param name="exception">The exception.</param>
    /// <returns>Its type and message.</returns>
    public static string Describe(Exception exception) => $"{exception.GetType().Name}: {exception.Message}";

    private async Task AddAsync(
        string consumer, string id, DomainEvent domainEvent, string error, int attempts, string source, CancellationToken cancellationToken, DeadLetterEdit? edit = null)
    {
        DateTimeOffset now = time.GetUtcNow();
        await AddAsync(
            new DeadLetter
            {
                Consumer = consumer,
                Id = id,
                Type = domainEvent.Type,
                Event = domainEvent,
                Attempts = attempts,
                DeadLetteredAt = now,
                History = [new DeadLetterFailure(now, Cut(error, MaxErrorLength), edit)],
            },
            cancellationToken);
        await effects.ReportAsync([Effect.Of(domainEvent, consumer, Effect.DeadLettered, source, now, error)]);
    }

    private Task AddRawAsync(string consumer, string id, string raw, string problem, CancellationToken cancellationToken) => AddAsync(
        new DeadLetter
        {
            Consumer = consumer,
            Id = id,
            Raw = CutRaw(raw),
            Attempts = 1,
            DeadLetteredAt = time.GetUtcNow(),
            History = [new DeadLetterFailure(time.GetUtcNow(), Cut(problem, MaxErrorLength))],
        },
        cancellationToken);

    private async Task AddAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        TableClient table = await tables.GetAsync(StorageTables.DeadLetters, cancellationToken);
        bool isAdded = await ConflictRetry.TryAsync(ConflictRetry.MaxTries, async () =>
        {
            TableEntity? found = await tables.FindAsync(StorageTables.DeadLetters, letter.Consumer, letter.Id, cancellationToken);
            DeadLetter? before = found is null ? null : Read(found);
            DeadLetter after = before is null ? letter : letter with
            {
                Attempts = before.Attempts + letter.Attempts,
                History = [.. letter.History.Concat(before.History).Take(MaxHistory)],
            };
            var row = new TableEntity(letter.Consumer, letter.Id)
            {
                ["Type"] = after.Type,
                [Body] = Write(after),
            };
            try
            {
                await StorageCall.RunAsync(
                    () => found is null
                        ? table.AddEntityAsync(row, cancellationToken)
                        : table.UpdateEntityAsync(row, found.ETag, TableUpdateMode.Replace, cancellationToken),
                    cancellationToken);
            }
            catch (RequestFailedException exception) when (exception.Status is 404 or 409 or 412)
            {
                // Another instance was faster. Add to its row.
                return false;
            }

            metrics.DeadLettered(letter.Consumer, letter.Type);
            LogDeadLettered(letter.Consumer, letter.Type ?? "a message that is no event", letter.Id, after.Attempts);
            return true;
        }, cancellationToken);
        if (!isAdded)
        {
            throw StorageCall.Contended($"the dead letter {letter.Id} of consumer {letter.Consumer}");
        }
    }

    // Drop the oldest failures until the row fits.
    private static byte[] Write(DeadLetter letter)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(letter, DeadLetterJsonContext.Stored.DeadLetter);
        return body.Length <= MaxBodyBytes || letter.History.Count == 1 ? body : Write(letter with { History = [.. letter.History.SkipLast(1)] });
    }

    private static DeadLetter Read(TableEntity row) => JsonSerializer.Deserialize(row.GetBinary(Body), DeadLetterJsonContext.Stored.DeadLetter)!;

    private static string KeyOf(string id) => id.StartsWith("raw:", StringComparison.Ordinal) && id.Length == 68 && id[4..].All(char.IsAsciiHexDigitLower)
        || IsConflictId(id)
        || (id.Length == 64 && id.All(char.IsAsciiHexDigitLower)) ? id : KeyPart.Of(id);

    private static bool IsConflictId(string id) => id.StartsWith(Conflict, StringComparison.Ordinal)
        && id[Conflict.Length..].Split(':') is [{ Length: 36 or 64 } eventId, { Length: 2 * ConflictHashBytes } hash]
        && (KeyPart.Of(eventId) == eventId || eventId.All(char.IsAsciiHexDigitLower))
        && hash.All(char.IsAsciiHexDigitLower);

    private static string CutRaw(string raw)
    {
        string cut = Cut(raw, MaxRawLength);
        while (Encoding.UTF8.GetByteCount(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(cut)) > MaxRawBytes)
        {
            cut = Cut(cut, cut.Length / 2);
        }

        return cut;
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    [LoggerMessage(Level = LogLevel.Error, Message = "Consumer {Consumer} has a new dead letter: {Type}, id {Id}, attempts {Attempts}.")]
    private partial void LogDeadLettered(string consumer, string type, string id, int attempts);
}
