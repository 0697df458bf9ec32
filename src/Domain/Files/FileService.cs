using System.Security.Cryptography;
using System.Text;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Quotas;

namespace McpFunctions.Domain.Files;

/// <summary>Stores, changes and deletes files. Each change commits with its event; content is written before the row that names it.</summary>
/// <param name="state">Reads files.</param>
/// <param name="publisher">Writes files with their events.</param>
/// <param name="events">Reads the events of a history.</param>
/// <param name="idempotency">Stores the files of a request once.</param>
/// <param name="contents">Keeps their bytes.</param>
/// <param name="limits">How much is taken.</param>
/// <param name="quotas">How much a user may have.</param>
/// <param name="time">The clock.</param>
public sealed class FileService(
    IStateStore state,
    IEventPublisher publisher,
    IEventReader events,
    IdempotencyService idempotency,
    IFileContent contents,
    FileLimits limits,
    QuotaLimits quotas,
    TimeProvider time)
{
    private readonly Turnstile turnstile = new(time);

    /// <summary>Stores new files: all of them or, whatever goes wrong, none.</summary>
    /// <param name="actor">The owner.</param>
    /// <param name="files">The files, in the order in which they arrive.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>Their records; or rejected, too large, quota exceeded, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<IReadOnlyList<FileRecord>>> UploadAsync(
        Actor actor, IAsyncEnumerable<IncomingFile> files, CancellationToken cancellationToken)
    {
        List<ReceivedFile> received = [];
        Outcome<FileRecord[]>? outcome = null;
        FileRecord[] records = [];
        // Check the quota before reading the bytes, so that a user without room does not send them for nothing. A repeated request has had its effect already.
        if (actor.IdempotencyKey is null && (await FindUsageAsync(actor.UserId, 1, 0, cancellationToken)).Full is { } full)
        {
            return full;
        }

        try
        {
            await foreach (IncomingFile file in files.WithCancellation(cancellationToken))
            {
                Outcome<ReceivedFile> row =
                    received.Count == FileLimits.MaxFiles ? new Failure.Rejected("file", $"Send at most {FileLimits.MaxFiles} files in one request.")
                    : !Filename.TryMakeSafe(file.Filename, out string filename, out string problem) ? new Failure.Rejected("filename", problem)
                    : await ReceiveAsync(actor, Guid.CreateVersion7(time.GetUtcNow()).ToString(), 1, filename, file, cancellationToken);
                if (row.Failure is { } failure)
                {
                    return failure;
                }

                received.Add(row.Value);
            }

            if (received.Count == 0)
            {
                return new Failure.Rejected("file", "Send at least one part named 'file'.");
            }

            // The files identify the request, and their hashes are known only now.
            Actor known = actor with { IdempotencyKey = actor.IdempotencyKey is null ? null : actor.IdempotencyKey with { RequestHash = HashOf(received) } };
            records = [.. received.Select(each => each.Row.File)];
            outcome = await CommitAsync(known, received, records, cancellationToken);
            return outcome.Value.Failure is { } refused ? refused : outcome.Value.Value;
        }
        catch (DependencyUnavailableException)
        {
            // Do not wait for an unavailable storage again. The collector deletes the stored content.
            received.Clear();
            throw;
        }
        finally
        {
            // The transaction may have committed, so keep the content. The collector deletes it if no row names it.
            bool mayBeStored = outcome is { } result && (result.Failure is Failure.Unavailable || (result.Failure is null && result.Value == records));
            if (!mayBeStored)
            {
                await DiscardAsync(received.Select(each => each.Row.Content));
            }
        }
    }

    private async Task<Outcome<FileRecord[]>> CommitAsync(Actor actor, List<ReceivedFile> received, FileRecord[] records, CancellationToken cancellationToken)
    {
        long bytes = records.Sum(record => record.Size);
        if (await idempotency.FindAsync<FileRecord[]>(actor, cancellationToken) is { } known)
        {
            return known;
        }

        Transaction first = Uploads(actor, received);
        Transaction? prepared = first;
        try
        {
            // Before the turn, so that others need not wait for it.
            await Task.WhenAll([publisher.PrepareAsync(first, cancellationToken), .. received.Select(each => each.Content.StoreAsync(cancellationToken))]);
            using IDisposable turn = await turnstile.EnterAsync(actor.UserId, cancellationToken);
            return await ConflictRetry.RunAsync<FileRecord[]>(Contended, async () =>
            {
                (Stored<UsageRow>? usage, UsageRow before, Failure? full) = await FindUsageAsync(actor.UserId, received.Count, bytes, cancellationToken);
                if (full is not null)
                {
                    // The same request, sent at the same time, may have used the last of the quota.
                    return await idempotency.FindAsync<FileRecord[]>(actor, cancellationToken) ?? full;
                }

                Transaction transaction = prepared ?? Uploads(actor, received);
                prepared = null;
                return await idempotency.CommitAsync(
                    actor, transaction.SetUsage(Usage.Files, usage, before.Plus(received.Count, bytes)), records, cancellationToken);
            }, cancellationToken);
        }
        finally
        {
            if (prepared is { IsPrepared: true })
            {
                await publisher.WithdrawAsync(prepared);
            }
        }
    }

    private async Task<(Stored<UsageRow>? Stored, UsageRow Before, Failure? Full)> FindUsageAsync(
        string userId, long files, long bytes, CancellationToken cancellationToken)
    {
        Stored<UsageRow>? usage = await state.FindUsageAsync(userId, Usage.Files, row => Excess(row, files, bytes) is not null, cancellationToken);
        UsageRow before = usage?.Value ?? Usage.None;
        return (usage, before, Excess(before, files, bytes));
    }

    private Failure.QuotaExceeded? Excess(UsageRow before, long files, long bytes) =>
        files > 0 && before.Count + files > quotas.Files
            ? new Failure.QuotaExceeded($"You have {before.Count} files; at most {quotas.Files} are allowed. Delete files that you no longer need.")
        : bytes > 0 && before.Bytes + bytes > quotas.FileBytes
            ? new Failure.QuotaExceeded($"Your files have {before.Bytes} bytes; at most {quotas.FileBytes} are allowed. Delete files that you no longer need.")
        : null;

    private static Failure.Conflict Contended => new("Another request is changing your files. Read the file again and retry.");

    /// <summary>Reads a file's record.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="fileId">The file.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The row; or not found.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<FileRow>> FindAsync(string userId, string fileId, CancellationToken cancellationToken) =>
        await ReadAsync(userId, fileId, cancellationToken) is { } stored ? stored.Value : new Failure.NotFound();

    /// <summary>Opens a file's content.</summary>
    /// <param name="row">The file as it was read.</param>
    /// <returns>The stream of <see cref="IFileContent.Open"/>. The content is missing if the file has changed or was deleted meanwhile and its old content was collected.</returns>
    public Stream Open(FileRow row) => contents.Open(row.Content, row.File.Size);

    /// <summary>Lists a user's files in the order in which they were uploaded.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="prefix">The ordinal prefix of the names, in any normal form of Unicode; null for all.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<Page<FileRecord>>> ListAsync(string userId, string? prefix, PageRequest page, CancellationToken cancellationToken)
    {
        string start = prefix is null ? "" : Filename.Prefix(prefix);
        return await state.PageAsync<FileRow, FileRecord>(
            StateKeys.User(userId),
            FileKeys.RowPrefix,
            page,
            row => row.File,
            file => file.Filename.StartsWith(start, StringComparison.Ordinal),
            cancellationToken);
    }

    /// <summary>Lists a file's events, newest first, also after the file was deleted.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="fileId">The file.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The part; or not found, rejected.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<Page<DomainEvent>>> HistoryAsync(string userId, string fileId, PageRequest page, CancellationToken cancellationToken)
    {
        if (!TryReadId(fileId, out fileId))
        {
            return new Failure.NotFound();
        }

        Outcome<Page<string>> history = await state.PageAsync<FileHistoryRow, string>(
            StateKeys.User(userId), FileKeys.HistoryPrefix(fileId), page, row => row.EventId, _ => true, cancellationToken);
        if (history.Failure is { } failure)
        {
            return failure;
        }

        IReadOnlyList<string> ids = history.Value.Items;
        if (ids.Count == 0 && page.ContinuationToken is null)
        {
            return new Failure.NotFound();
        }

        Dictionary<string, DomainEvent> byId = (await events.FindAsync(StateKeys.User(userId), ids, cancellationToken)).ToDictionary(each => each.Id);
        return new Page<DomainEvent>([.. ids.Where(byId.ContainsKey).Select(id => byId[id])], history.Value.ContinuationToken);
    }

    /// <summary>Replaces a file's content.</summary>
    /// <param name="actor">The owner.</param>
    /// <param name="fileId">The file.</param>
    /// <param name="ifMatch">The entity tags of which the file must have one; null where any version will do.</param>
    /// <param name="incoming">The new media type and bytes; its name is not used.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The new record; or not found, precondition failed, rejected, too large, quota exceeded, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<FileRecord>> ReplaceContentAsync(
        Actor actor, string fileId, IReadOnlyCollection<string>? ifMatch, IncomingFile incoming, CancellationToken cancellationToken)
    {
        Outcome<FileRow> before = await FindAsync(actor.UserId, fileId, cancellationToken);
        if (before.Failure is { } missing)
        {
            return missing;
        }

        // Check before storing the bytes, since an outdated version never becomes current again.
        if (ifMatch?.Contains(before.Value.File.ETag) == false)
        {
            return new Failure.PreconditionFailed();
        }

        Outcome<ReceivedFile> received = await ReceiveAsync(actor, before.Value.File.Id, before.Value.File.Version + 1, before.Value.File.Filename, incoming, cancellationToken);
        if (received.Failure is { } failure)
        {
            return failure;
        }

        FileRow content = received.Value.Row;
        Outcome<FileRecord>? outcome = null;
        try
        {
            await received.Value.Content.StoreAsync(cancellationToken);
            outcome = await UpdateAsync(
                actor,
                fileId,
                ifMatch,
                row => row with
                {
                    Content = content.Content,
                    File = row.File with
                    {
                        ContentType = content.File.ContentType,
                        Sha256 = content.File.Sha256,
                        Size = content.File.Size,
                    },
                },
                cancellationToken);
            return outcome.Value;
        }
        finally
        {
            if (outcome?.Failure is not (null or Failure.Unavailable))
            {
                await DiscardAsync([content.Content]);
            }
        }
    }

    /// <summary>Renames a file. The name it has already changes nothing and publishes nothing.</summary>
    /// <param name="actor">The owner.</param>
    /// <param name="fileId">The file.</param>
    /// <param name="ifMatch">The entity tags of which the file must have one; null where any version will do.</param>
    /// <param name="filename">The new name as the client gave it.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The new record; or not found, precondition failed, rejected, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<FileRecord>> RenameAsync(
        Actor actor, string fileId, IReadOnlyCollection<string>? ifMatch, string? filename, CancellationToken cancellationToken) =>
        Filename.TryMakeSafe(filename, out string safe, out string problem)
            ? await UpdateAsync(actor, fileId, ifMatch, row => row with { File = row.File with { Filename = safe } }, cancellationToken)
            : new Failure.Rejected("filename", problem);

    /// <summary>Deletes a file. Its history stays; its content is collected later.</summary>
    /// <param name="actor">The owner.</param>
    /// <param name="fileId">The file.</param>
    /// <param name="ifMatch">The entity tags of which the file must have one; null where any version will do.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The record it had; or not found, precondition failed, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<FileRecord>> DeleteAsync(
        Actor actor, string fileId, IReadOnlyCollection<string>? ifMatch, CancellationToken cancellationToken) =>
        await ChangeAsync(actor, fileId, ifMatch, stored =>
        {
            FileRecord file = stored.Value.File;
            DomainEvent deleted = DomainEvent.Create(
                new FileDeleted(file.Id, file.Filename, file.Version + 1, actor.UserId), NextTime(file), actor.UserId, actor.CorrelationId);
            return (file, new Transaction(StateKeys.User(actor.UserId))
                .Delete(stored.Key, stored.ETag)
                .Insert(FileKeys.History(file.Id, file.Version + 1), new FileHistoryRow(deleted.Id))
                .Publish(deleted), new UsageRow(-1, -file.Size));
        }, cancellationToken);

    private Task<Outcome<FileRecord>> UpdateAsync(
        Actor actor,
        string fileId,
        IReadOnlyCollection<string>? ifMatch,
        Func<FileRow, FileRow> change,
        CancellationToken cancellationToken) =>
        ChangeAsync(actor, fileId, ifMatch, stored =>
        {
            FileRow row = change(stored.Value);
            if (row == stored.Value)
            {
                return (row.File, null, Usage.None);
            }

            FileRecord file = row.File with { Version = stored.Value.File.Version + 1, UpdatedAt = NextTime(stored.Value.File) };
            DomainEvent updated = DomainEvent.Create(
                new FileUpdated(file.Id, file.Filename, file.Size, file.ContentType, file.Sha256, file.Version, actor.UserId),
                file.UpdatedAt,
                actor.UserId,
                actor.CorrelationId);
            return (file, new Transaction(StateKeys.User(actor.UserId))
                .Replace(stored.Key, row with { File = file }, stored.ETag)
                .Insert(FileKeys.History(file.Id, file.Version), new FileHistoryRow(updated.Id))
                .Publish(updated), new UsageRow(0, file.Size - stored.Value.File.Size));
        }, cancellationToken);

    private async Task<Outcome<FileRecord>> ChangeAsync(
        Actor actor,
        string fileId,
        IReadOnlyCollection<string>? ifMatch,
        Func<Stored<FileRow>, (FileRecord File, Transaction? Transaction, UsageRow Change)> change,
        CancellationToken cancellationToken)
    {
        using IDisposable turn = await turnstile.EnterAsync(actor.UserId, cancellationToken);
        return await ConflictRetry.RunAsync<FileRecord>(Contended, async () =>
        {
            if (await ReadAsync(actor.UserId, fileId, cancellationToken) is not { } stored)
            {
                return new Failure.NotFound();
            }

            if (ifMatch?.Contains(stored.Value.File.ETag) == false)
            {
                return new Failure.PreconditionFailed();
            }

            (FileRecord file, Transaction? transaction, UsageRow more) = change(stored);
            if (transaction is not null && more != Usage.None)
            {
                (Stored<UsageRow>? usage, UsageRow before, Failure? full) = await FindUsageAsync(actor.UserId, more.Count, more.Bytes, cancellationToken);
                if (full is not null)
                {
                    return full;
                }

                transaction.SetUsage(Usage.Files, usage, before.Plus(more.Count, more.Bytes));
            }

            return transaction is null ? file : ConflictRetry.OutcomeOf(await publisher.PublishAsync(transaction, cancellationToken), file);
        }, cancellationToken);
    }

    private async Task<Outcome<ReceivedFile>> ReceiveAsync(
        Actor actor, string fileId, long version, string filename, IncomingFile incoming, CancellationToken cancellationToken)
    {
        string mediaType = string.IsNullOrWhiteSpace(incoming.ContentType) ? "application/octet-stream" : incoming.ContentType;
        if (mediaType.Length > FileLimits.MaxContentTypeLength)
        {
            return new Failure.Rejected("contentType", $"Send a content type of at most {FileLimits.MaxContentTypeLength} characters.");
        }

        // Do not store bytes that are known to be too large.
        if (incoming.Length > limits.MaxBytes)
        {
            return new Failure.TooLarge(limits.MaxBytes);
        }

        string name = FileKeys.NewContent(actor.UserId, fileId, version);
        bool discard = true;
        try
        {
            using var measured = new MeasuringStream(incoming.Content, limits.MaxBytes);
            IReceivedContent content = await contents.ReceiveAsync(name, measured, cancellationToken);
            DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
            discard = false;
            var row = new FileRow(
                new FileRecord
                {
                    Id = fileId,
                    Filename = filename,
                    Size = measured.Count,
                    ContentType = mediaType,
                    Sha256 = measured.Sha256(),
                    Version = version,
                    UploadedBy = actor.UserId,
                    CreatedAt = now,
                    UpdatedAt = now,
                },
                name);
            return new ReceivedFile(row, content);
        }
        catch (ContentTooLargeException)
        {
            return new Failure.TooLarge(limits.MaxBytes);
        }
        catch (DependencyUnavailableException)
        {
            discard = false;
            throw;
        }
        finally
        {
            if (discard)
            {
                await DiscardAsync([name]);
            }
        }
    }

    private static string HashOf(List<ReceivedFile> received)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (FileRecord file in received.Select(each => each.Row.File))
        {
            // No name and no media type holds a line break.
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Filename}\n{file.ContentType}\n{file.Sha256}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static Transaction Uploads(Actor actor, List<ReceivedFile> received)
    {
        var transaction = new Transaction(StateKeys.User(actor.UserId));
        foreach (FileRow row in received.Select(each => each.Row))
        {
            FileRecord file = row.File;
            DomainEvent uploaded = DomainEvent.Create(
                new FileUploaded(file.Id, file.Filename, file.Size, file.ContentType, file.Sha256, file.Version, file.UploadedBy),
                file.CreatedAt,
                actor.UserId,
                actor.CorrelationId);
            transaction
                .Insert(FileKeys.Row(file.Id), row)
                .Insert(FileKeys.History(file.Id, file.Version), new FileHistoryRow(uploaded.Id))
                .Publish(uploaded);
        }

        return transaction;
    }

    // An id that is not a GUID names no file, and must not become part of a key.
    private static bool TryReadId(string text, out string fileId)
    {
        bool isGuid = Guid.TryParseExact(text, "D", out Guid guid);
        fileId = guid.ToString("D");
        return isGuid;
    }

    private Task<Stored<FileRow>?> ReadAsync(string userId, string fileId, CancellationToken cancellationToken) =>
        state.FindByIdAsync<FileRow>(userId, FileKeys.RowPrefix, fileId, cancellationToken);

    private DateTimeOffset NextTime(FileRecord file) => Timestamps.After(file.UpdatedAt, time);

    private async Task DiscardAsync(IEnumerable<string> names)
    {
        try
        {
            foreach (string name in names)
            {
                await contents.DeleteAsync(name, CancellationToken.None);
            }
        }
        catch (DependencyUnavailableException)
        {
            // The collector deletes what no row names.
        }
    }

    private sealed record ReceivedFile(FileRow Row, IReceivedContent Content);
}
