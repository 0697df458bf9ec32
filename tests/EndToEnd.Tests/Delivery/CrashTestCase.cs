using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Azure.Data.Tables;
using McpFunctions.TestServers;
using StackExchange.Redis;
using Xunit.Sdk;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>Kills the worker at one <see cref="CrashPoint"/>, and then checks the events of its own user.</summary>
/// <param name="faults">The gateway.</param>
/// <param name="point">Where the worker dies.</param>
/// <param name="isAfter">Whether the store gets the call, so that only the response is lost.</param>
internal sealed class CrashTestCase(ProxiedFaults faults, CrashPoint point, bool isAfter)
{
    private const string Consumer = "notifications";
    private const int LastAttempt = 7;
    private const int MaxTries = 3;

    private static readonly string[] s_keysOfUser = ["inbox:entries", "inbox:seen", "inbox:meta", "context", "context:tombstones"];
    private static readonly TimeSpan s_deadline = Eventually.DefaultDeadline;

    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;
    private readonly GatewayUser _user = faults.Gateway.NewUser();
    // A separate user: its acts are audited too, but are not events under test.
    private readonly GatewayUser _operator = faults.Gateway.NewUser();
    private readonly TaskCompletionSource _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Refusals _audit = new();
    private readonly Refusals _notification = new();
    private readonly Refusals _context = new();
    private readonly Refusals _publish = new();
    private readonly Refusals _abortMarker = new();
    private readonly Refusals _transaction = new();
    private readonly Refusals _conflict = new();
    private string _file = "";
    private ProxyFault _lossOfTransaction = ProxyFault.LoseRequest;
    private bool _isBeforeSeen;
    private int _armed;
    private long _mark;

    private GatewayApplication Gateway => faults.Gateway;

    /// <summary>The step and the moment at which the worker dies.</summary>
    public override string ToString() => $"{point.Step}, {(isAfter ? "before the response arrives" : "before the store gets the call")}";

    /// <summary>Brings the gateway to the point, kills the worker there, and waits for the restart.</summary>
    public async Task RunAsync()
    {
        await FaultRound.MakeWholeAsync(_user);
        faults.Storage.Fault = request => Judge(ProxiedCall.Of(request));
        faults.Redis.Fault = command => Judge(ProxiedCall.Of(command));
        _mark = Gateway.Host.LineCount;
        try
        {
            await GoAsync();
            // On a busy machine the step may be over before the test waits for it, so the test tries again.
            for (var tries = 1; tries < MaxTries && !await IsHitAsync(s_deadline / 3); tries++)
            {
                await GoAsync();
            }
            await HitAsync();
        }
        finally
        {
            faults.Mend();
        }
        await Gateway.Host.WaitForLineAsync("Worker process ", s_deadline, _mark);
    }

    /// <summary>Waits until every committed event has had its effects exactly once.</summary>
    public async Task AssertAllIsWellAsync()
    {
        var settling = Stopwatch.StartNew();
        await RetryDeadLettersAsync();
        Effects? seen = null;
        try
        {
            await Eventually.UntilAsync(async () => await Effects.PendingAsync(Gateway, _user) == 0, FaultRound.SettleTimeout);
            await Eventually.UntilAsync(
                async () => (seen = await Effects.ReadAsync(Gateway, _user, _started)) is { Lost: 0, Surplus: 0 }, FaultRound.SettleTimeout);
        }
        catch (TimeoutException exception)
        {
            Assert.Fail($"{this}: {exception.Message}{(seen is null ? "" : FaultRound.Missing(seen))}");
        }
        // For RelayUnsettled, the relay must settle the open outcome as never committed.
        Assert.Equal(point.Way == CrashWay.RelayUnsettled, seen!.Committed.Count == 0);
        FaultReport.Add("killed at a named step", seen.Committed.Count, seen.Lost, seen.Surplus, settling.Elapsed);
    }

    private async Task GoAsync()
    {
        switch (point.Way)
        {
            case CrashWay.Upload:
                Arm();
                await UploadAsync();
                break;
            case CrashWay.LostTransaction:
            case CrashWay.LostResponse:
                _transaction.Left = 1;
                _lossOfTransaction = point.Way == CrashWay.LostResponse ? ProxyFault.LoseResponse : ProxyFault.LoseRequest;
                Arm();
                await UploadAsync();
                break;
            case CrashWay.Conflict:
                _file = (await _user.UploadAsync("before.txt")).Text("id");
                _conflict.Left = 1;
                Arm();
                await TryAsync(() => _user.RenameAsync(_file, "after.txt"));
                break;
            case CrashWay.Relay:
                await _user.UploadAsync("a.txt");
                Arm();
                break;
            case CrashWay.RelayUnsettled:
                _transaction.Left = 1;
                _abortMarker.Left = int.MaxValue;
                await _user.PostRawAsync("a.txt", [1]).ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
                Arm();
                _abortMarker.Left = 0;
                break;
            case CrashWay.RelayUnpublished:
                _publish.Left = 1;
                Arm();
                await _user.UploadAsync("a.txt");
                break;
            case CrashWay.Recover:
            case CrashWay.RecoverFailing:
                (_audit.Left, _context.Left, _notification.Left) = (1, 1, point.Way == CrashWay.Recover ? 1 : 2);
                await _user.UploadAsync("a.txt");
                Arm();
                break;
            case CrashWay.RedisLoss:
                await _user.UploadAsync("a.txt");
                Arm();
                await Gateway.RedisDatabase.KeyDeleteAsync($"{{events}}:epoch:{Consumer}");
                break;
            case CrashWay.GroupLoss:
                await _user.UploadAsync("a.txt");
                Arm();
                await Gateway.RedisDatabase.StreamDeleteConsumerGroupAsync(PendingEntries.Uploads, Consumer);
                break;
            case CrashWay.DeadLetter:
                _notification.Left = int.MaxValue;
                Arm();
                await FailForTheLastTimeAsync();
                break;
            case CrashWay.Replay:
                await _user.UploadAsync("a.txt");
                await Eventually.UntilAsync(IsInLogAsync, s_deadline);
                Arm();
                await ReplayAsync();
                break;
            case CrashWay.Retry:
            case CrashWay.RetryFailing:
                _notification.Left = int.MaxValue;
                await FailForTheLastTimeAsync();
                var letter = await Eventually.GetAsync(DeadLettersAsync, letters => letters.Length >= 1, s_deadline);
                _notification.Left = point.Way == CrashWay.Retry ? 0 : 1;
                Arm();
                await TryAsync(() => RetryAsync(letter[0]));
                break;
            case CrashWay.Rebuild:
                await _user.UploadAsync("a.txt");
                await _user.NotificationsOfAsync((await _user.FilesAsync())[0].Text("id"), 1);
                await Gateway.RedisDatabase.KeyDeleteAsync(
                    [.. s_keysOfUser.Select(key => (RedisKey)$"{{user:{_user.Id}}}:{key}")]);
                Arm();
                await TryAsync(() => _user.NotificationsAsync());
                await TryAsync(() => _user.ContextAsync());
                break;
            default:
                throw new InvalidOperationException($"Unknown way {point.Way}.");
        }
    }

    private void Arm()
    {
        _mark = Gateway.Host.LineCount;
        Volatile.Write(ref _armed, 1);
    }

    private async Task HitAsync() => Assert.True(await IsHitAsync(s_deadline), $"{this}: the gateway never reached this step.");

    private async Task<bool> IsHitAsync(TimeSpan deadline)
    {
        try
        {
            await _killed.Task.WaitAsync(deadline);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private ProxyFault Judge(ProxiedCall call)
    {
        if (Scripted(call) is var scripted and not ProxyFault.None)
        {
            return scripted;
        }
        if (point.IsBefore(call, _user))
        {
            _isBeforeSeen = true;
        }
        else if (point.IsAt(call, _user) && (_isBeforeSeen || point.After is null) && Interlocked.CompareExchange(ref _armed, 0, 1) == 1)
        {
            // A dead process waits for no response, so the store may get the call a moment later.
            Gateway.KillWorker();
            _killed.TrySetResult();
            return isAfter ? ProxyFault.LoseResponse : ProxyFault.LoseRequest;
        }
        return ProxyFault.None;
    }

    // The faults that lead to the point.
    private ProxyFault Scripted(ProxiedCall call)
    {
        if (call.Is("BATCH", "/Audit", _user.Id) && _audit.Left > 0)
        {
            // The lines are then sent again one by one.
            return ProxyFault.Refuse;
        }
        if (call.Is("BATCH", "/Gateway", _user.Id) && _conflict.Take())
        {
            ChangeFile();
        }
        return call.Is("BATCH", "/Gateway", _user.Id) && _transaction.Take() ? _lossOfTransaction
            : call.Is("POST", "/Gateway", _user.Id) && _abortMarker.Take() ? ProxyFault.LoseRequest
            : call.Is("POST", "/Audit", _user.Id) && _audit.Take() ? ProxyFault.Refuse
            : call.Is("EVALSHA", ":inbox:entries", _user.Id) && _notification.Take() ? ProxyFault.Refuse
            : call.Is("EVALSHA", ":context:tombstones", _user.Id) && _context.Take() ? ProxyFault.Refuse
            : call.Is("EVALSHA", "{events}:journal", "events:file.uploaded", _user.Id) && _publish.Take() ? ProxyFault.Refuse
            : ProxyFault.None;
    }

    // As another instance may between the read of a request and its commit.
    private void ChangeFile()
    {
        var table = new TableClient(Gateway.Azurite.ConnectionString, "Gateway");
        var row = table.GetEntity<TableEntity>($"user:{_user.Id}", $"file:{_file}").Value;
        table.UpdateEntity(row, row.ETag);
    }

    // Repeats until an upload succeeds, as a client without a response does.
    private async Task UploadAsync()
    {
        if (!await TryAsync(() => _user.UploadAsync("a.txt")))
        {
            await HitAsync();
            await Eventually.UntilAsync(() => TryAsync(() => _user.UploadAsync("again.txt")), s_deadline);
        }
    }

    private async Task FailForTheLastTimeAsync()
    {
        await _user.UploadAsync("a.txt");
        await Eventually.UntilAsync(() => PendingEntries.EndWaitAsync(Gateway, Consumer, _user, _ => LastAttempt));
    }

    private async Task ReplayAsync()
    {
        string? job = null;
        await Eventually.UntilAsync(() => TryAsync(async () => job = (await _operator.PostAsync("events/replay", new
        {
            consumer = Consumer,
            from = _started.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            to = DateTimeOffset.UtcNow.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        }).JsonAsync(HttpStatusCode.Accepted)).Text("id")), s_deadline);
        await HitAsync();
        await Eventually.UntilAsync(async () => (await _operator.GetAsync($"events/replay/{job}").JsonAsync()).Text("status") == "done", s_deadline);
    }

    private async Task<bool> IsInLogAsync() => await new TableClient(Gateway.Azurite.ConnectionString, "Log")
        .QueryAsync<TableEntity>($"PartitionKey ge '{_started.UtcDateTime:yyyyMMddHH}' and Partition eq 'user:{_user.Id}'", select: ["RowKey"])
        .AnyAsync(TestContext.Current.CancellationToken);

    private async Task<JsonElement[]> DeadLettersAsync() =>
        [.. (await _operator.GetAsync($"dead-letters?consumer={Consumer}&limit=500").JsonAsync()).Items("items")
            .Where(letter => letter.ToString().Contains(_user.Id, StringComparison.Ordinal))];

    private async Task<JsonElement> RetryAsync(JsonElement letter) =>
        await _operator.PostAsync($"dead-letters/{Consumer}/{letter.Text("event", "id")}/retry").JsonAsync();

    // Retries the dead letters that the test caused, until none is left.
    private async Task RetryDeadLettersAsync()
    {
        if (point.Way is not (CrashWay.DeadLetter or CrashWay.Retry or CrashWay.RetryFailing))
        {
            return;
        }
        await Eventually.UntilAsync(
            async () =>
            {
                foreach (var letter in await DeadLettersAsync())
                {
                    await TryAsync(() => RetryAsync(letter));
                }
                return (await DeadLettersAsync()).Length == 0 && (await _user.NotificationsAsync()).Length > 0;
            },
            s_deadline);
    }

    private static async Task<bool> TryAsync<T>(Func<Task<T>> requestAsync)
    {
        try
        {
            await requestAsync();
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or XunitException)
        {
            // The process died before it responded.
            return false;
        }
    }

    private sealed class Refusals
    {
        private int _left;

        public int Left
        {
            get => Volatile.Read(ref _left);
            set => Volatile.Write(ref _left, value);
        }

        public bool Take() => Left > 0 && Interlocked.Decrement(ref _left) >= 0;
    }
}
