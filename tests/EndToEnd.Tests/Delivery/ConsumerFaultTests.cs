using System.Diagnostics;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>One consumer cannot handle one event. The other consumers and the other events are not affected.</summary>
[Collection(OneProxiedFaultAtATime.Name)]
public sealed class ConsumerFaultTests(ProxiedFaults faults) : IDisposable
{
    private const int MaxAttempts = 8;

    // A short test starts with most attempts already used.
    private static readonly int s_attemptsBefore = FaultRound.IsLong ? 0 : 5;

    private readonly DateTimeOffset _since = DateTimeOffset.UtcNow;
    // A separate user: its acts are audited too, but are not events under test.
    private readonly GatewayUser _operator = faults.Gateway.NewUser();

    private GatewayApplication Gateway => faults.Gateway;

    /// <summary>Removes all faults, even after a failed test.</summary>
    public void Dispose() => faults.Mend();

    [Fact]
    public async Task A_consumer_that_fails_twice_and_then_works_has_the_event_once()
    {
        var (bad, good) = await UsersAsync();
        var calls = 0;
        faults.Redis.Fault = command => IsNotification(command, bad) && Interlocked.Increment(ref calls) <= 2 ? ProxyFault.Refuse : ProxyFault.None;

        await bad.UploadAsync("bad.txt");
        await good.UploadAsync("good.txt");
        await AssertAllIsWellAsync("a consumer fails twice", good, bad);

        Assert.True(calls >= 3, $"The consumer was called {calls} times.");
        faults.Mend();
    }

    [Fact]
    public async Task An_event_on_which_a_consumer_always_fails_ends_in_its_dead_letters_and_holds_up_nothing()
    {
        var (bad, good) = await UsersAsync();
        var calls = 0;
        faults.Redis.Fault = command =>
        {
            if (!IsNotification(command, bad))
            {
                return ProxyFault.None;
            }
            Interlocked.Increment(ref calls);
            return ProxyFault.Refuse;
        };

        await bad.UploadAsync("bad.txt");
        await good.UploadAsync("good.txt");
        await AssertAllIsWellAsync("a consumer always fails", good);
        var letter = await DeadLetterAsync("notifications", bad);

        Assert.Equal(MaxAttempts, letter.Number("attempts"));
        // More than one of them may come before the attempts that the test adds.
        Assert.InRange(calls, MaxAttempts - s_attemptsBefore, MaxAttempts + 3);
        await bad.FileInContextAsync((await bad.FilesAsync())[0].Text("id"), _ => true);
        Assert.Single(await Eventually.GetAsync(() => Effects.AuditedAsync(Gateway, bad, _since), audited => audited.Count > 0));
        faults.Mend();
        await _operator.PostAsync($"dead-letters/notifications/{letter.Text("event", "id")}/retry").JsonAsync();
        await AssertAllIsWellAsync("a consumer always fails", bad);
    }

    [Fact]
    public async Task An_event_on_which_a_consumer_hangs_ends_in_its_dead_letters_and_holds_up_nothing()
    {
        var (bad, good) = await UsersAsync();
        // Only this user's lines fail: storage itself stays healthy.
        faults.Storage.Fault = request => ProxiedCall.Of(request).Is("POST", "/Audit", bad.Id) ? ProxyFault.Hold
            : ProxiedCall.Of(request).Is("BATCH", "/Audit", bad.Id) ? ProxyFault.Refuse
            : ProxyFault.None;

        await bad.UploadAsync("bad.txt");
        await good.UploadAsync("good.txt");
        await AssertAllIsWellAsync("a consumer hangs", good);
        var letter = await DeadLetterAsync("audit", bad);

        Assert.Equal(MaxAttempts, letter.Number("attempts"));
        Assert.Contains("longer than", letter.ToString(), StringComparison.Ordinal);
        faults.Mend();
        await faults.Storage.LetGo();
        await _operator.PostAsync($"dead-letters/audit/{letter.Text("event", "id")}/retry").JsonAsync();
        await AssertAllIsWellAsync("a consumer hangs", bad);
    }

    [Fact]
    public async Task An_event_that_ends_the_process_each_time_ends_in_the_dead_letters_and_takes_no_other_with_it()
    {
        var (bad, good) = await UsersAsync();
        var deaths = 0;
        faults.Redis.Fault = command =>
        {
            if (!IsNotification(command, bad))
            {
                return ProxyFault.None;
            }
            Interlocked.Increment(ref deaths);
            Gateway.KillWorker();
            return ProxyFault.LoseRequest;
        };

        await good.UploadAsync("good.txt");
        try
        {
            await bad.UploadAsync("bad.txt");
        }
        catch (Exception exception) when (exception is HttpRequestException or Xunit.Sdk.XunitException)
        {
            // The process may die before it responds.
        }
        var letter = await DeadLetterAsync("notifications", bad);

        Assert.True(letter.Number("attempts") >= MaxAttempts);
        // A replay counts its own attempts and may add some.
        Assert.InRange(deaths, MaxAttempts - s_attemptsBefore, MaxAttempts + 3);
        faults.Mend();
        await AssertAllIsWellAsync("a consumer ends the process", good);
        // The response of a retry that succeeds may be lost.
        await Eventually.UntilAsync(
            async () => (await DeadLettersAsync("notifications", bad)).Length == 0
                || (await _operator.PostAsync($"dead-letters/notifications/{letter.Text("event", "id")}/retry").JsonAsync()).Number("delivered") == 1,
            FaultRound.SettleTimeout);
        await AssertAllIsWellAsync("a consumer ends the process", bad);
    }

    private static bool IsNotification(RedisCommand command, GatewayUser user) => ProxiedCall.Of(command).Is("EVALSHA", ":inbox:entries", user.Id);

    private async Task<(GatewayUser Bad, GatewayUser Good)> UsersAsync()
    {
        // Earlier tests may have left a replay, or a loss for the next tick to notice, and a replay makes a failed event a dead letter at once.
        var begin = DateTimeOffset.UtcNow;
        await Eventually.UntilAsync(
            async () => (await _operator.GetAsync("consumers").JsonAsync()).Items("items").All(
                consumer => consumer.Number("openReplays") == 0
                    && consumer.Items("pairs").All(pair => pair.TryGetProperty("lastTickAt", out var tick) && tick.GetDateTimeOffset() > begin)),
            FaultRound.SettleTimeout);
        var users = (Bad: Gateway.NewUser(), Good: Gateway.NewUser());
        foreach (var user in new[] { users.Bad, users.Good })
        {
            await FaultRound.MakeWholeAsync(user);
        }
        return users;
    }

    private async Task AssertAllIsWellAsync(string fault, params GatewayUser[] users)
    {
        var settling = Stopwatch.StartNew();
        foreach (var user in users)
        {
            var seen = await Eventually.GetAsync(
                () => Effects.ReadAsync(Gateway, user, _since), effects => effects is { Lost: 0, Surplus: 0, Committed.Count: > 0 }, FaultRound.SettleTimeout);
            FaultReport.Add(fault, seen.Committed.Count, seen.Lost, seen.Surplus, settling.Elapsed);
        }
    }

    // Skips the waits between attempts, which grow to minutes.
    private async Task<JsonElement> DeadLetterAsync(string consumer, GatewayUser user)
    {
        var isAhead = false;
        JsonElement[] letters = [];
        await Eventually.UntilAsync(
            async () =>
            {
                isAhead |= await PendingEntries.EndWaitAsync(Gateway, consumer, user, attempts => isAhead ? attempts : Math.Max(attempts, Math.Min(attempts + s_attemptsBefore, MaxAttempts - 1)));
                letters = await DeadLettersAsync(consumer, user);
                return letters.Length == 1;
            },
            // The worker may have to start again several times.
            3 * Eventually.DefaultDeadline);
        return letters[0];
    }

    private async Task<JsonElement[]> DeadLettersAsync(string consumer, GatewayUser user) =>
        [.. (await _operator.GetAsync($"dead-letters?consumer={consumer}&limit=500").JsonAsync()).Items("items")
            .Where(letter => letter.ToString().Contains(user.Id, StringComparison.Ordinal))];
}
