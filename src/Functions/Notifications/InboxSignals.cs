using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Hosting;
using McpFunctions.Functions.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Notifications;

/// <summary>
/// Wakes readers that wait for notifications, with one subscription for all. Pub/Sub may lose a message, so one sweep a second reads the
/// last sequences of all inboxes with waiting readers.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs failures.</param>
public sealed class InboxSignals(RedisConnection redis, TimeProvider time, ILogger<InboxSignals> logger) : RestartingService(time, logger)
{
    private const string Prefix = "notifications:";

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Inbox> inboxes = [];
    private readonly SemaphoreSlim firstWaiter = new(0, 1);
    private bool isSubscribed;

    /// <summary>The channels of all inboxes.</summary>
    internal static RedisChannel AllChannels { get; } = RedisChannel.Pattern(Prefix + "*");

    /// <summary>The channel that announces new notifications of an inbox.</summary>
    /// <param name="user">The user, as a part of a key.</param>
    /// <returns>The channel.</returns>
    internal static string Channel(string user) => Prefix + user;

    /// <summary>The hash that holds an inbox's last sequence.</summary>
    /// <param name="user">The user, as a part of a key.</param>
    internal static RedisKey Meta(string user) => $"{{user:{user}}}:inbox:meta";

    /// <summary>Begins to wait. Read the inbox after this call, since only later notifications give a signal.</summary>
    /// <param name="user">The user, as a part of a key.</param>
    /// <returns>The signals; dispose of them when done.</returns>
    internal Waiter Register(string user)
    {
        lock (gate)
        {
            if (!inboxes.TryGetValue(user, out Inbox? inbox))
            {
                inboxes.Add(user, inbox = new Inbox());
            }

            var waiter = new Waiter(this, user);
            inbox.Waiters.Add(waiter);
            if (!isSubscribed && firstWaiter.CurrentCount == 0)
            {
                firstWaiter.Release();
            }

            return waiter;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        firstWaiter.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await ((Task)firstWaiter.WaitAsync(SweepInterval, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await SubscribeAsync(stoppingToken);
                await SweepAsync(stoppingToken);
            }
            catch (DependencyUnavailableException)
            {
                // The readers read on, and find out that Redis is down.
                WakeAll();
            }
        }
    }

    // Subscribe once. The connection subscribes again by itself when Redis is back.
    private async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (isSubscribed || inboxes.Count == 0)
            {
                return;
            }
        }

        await redis.RunAsync(
            "PSUBSCRIBE",
            async database =>
            {
                await database.Multiplexer.GetSubscriber().SubscribeAsync(AllChannels, (channel, sequence) => Wake($"{channel}"[Prefix.Length..], sequence));
                return true;
            },
            cancellationToken);
        isSubscribed = true;
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        string[] users;
        lock (gate)
        {
            users = [.. inboxes.Keys];
        }

        if (users.Length == 0)
        {
            return;
        }

        RedisValue[] last = await redis.RunEachAsync("HGET", users, (batch, user) => batch.HashGetAsync(Meta(user), "last"), cancellationToken);
        for (int index = 0; index < users.Length; index++)
        {
            Wake(users[index], last[index]);
        }
    }

    // Wake nobody twice for one sequence.
    private void Wake(string user, RedisValue last)
    {
        lock (gate)
        {
            if (inboxes.TryGetValue(user, out Inbox? inbox) && inbox.Last != last)
            {
                inbox.Last = last;
                inbox.Wake();
            }
        }
    }

    private void WakeAll()
    {
        lock (gate)
        {
            foreach (Inbox inbox in inboxes.Values)
            {
                inbox.Last = RedisValue.EmptyString;
                inbox.Wake();
            }
        }
    }

    private void Remove(Waiter waiter)
    {
        lock (gate)
        {
            if (inboxes.TryGetValue(waiter.User, out Inbox? inbox) && inbox.Waiters.Remove(waiter) && inbox.Waiters.Count == 0)
            {
                inboxes.Remove(waiter.User);
            }
        }
    }

    /// <summary>A reader that waits for notifications.</summary>
    /// <param name="signals">The registry of waiting readers.</param>
    /// <param name="user">The owner of the inbox.</param>
    internal sealed class Waiter(InboxSignals signals, string user) : IDisposable
    {
        // One signal covers any number of notifications.
        private readonly SemaphoreSlim news = new(0, 1);

        /// <summary>The owner of the inbox.</summary>
        public string User { get; } = user;

        /// <summary>Waits for a signal. A signal since the last wait counts.</summary>
        public Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => news.WaitAsync(timeout, cancellationToken);

        /// <summary>Gives a signal. Call it under the lock of the registry.</summary>
        public void Wake()
        {
            if (news.CurrentCount == 0)
            {
                news.Release();
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            signals.Remove(this);
            news.Dispose();
        }
    }

    private sealed class Inbox
    {
        public HashSet<Waiter> Waiters { get; } = [];

        public RedisValue Last { get; set; } = RedisValue.EmptyString;

        public void Wake()
        {
            foreach (Waiter waiter in Waiters)
            {
                waiter.Wake();
            }
        }
    }

    /// <summary>Adds the probe of the subscription.</summary>
    internal static void AddProbes(RedisProbes probes) => probes.AddSubscription("PSUBSCRIBE", AllChannels);
}
