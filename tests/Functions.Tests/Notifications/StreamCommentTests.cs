using System.Text;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Tests.Notifications;

public sealed class StreamCommentTests
{
    [Fact]
    public async Task A_stream_sends_a_comment_line_for_each_fifteen_seconds_without_news()
    {
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        // The stream ends in its third wait.
        var inbox = new QuietInbox(waits: 3, lifetime.StopApplication);
        IOptions<StreamOptions> options = Options.Create(new StreamOptions { StreamDuration = TimeSpan.FromHours(1) });
        // Nobody starts the watch or rebuilds the inbox here, so they need no stores.
        using var watch = new CredentialWatch(null!, null!, TimeProvider.System, NullLogger<CredentialWatch>.Instance);
        var streams = new NotificationStreams(inbox, null!, new LiveStreams(new OpenReads(options), watch, lifetime, options));
        using var body = new MemoryStream();
        var http = new DefaultHttpContext();
        http.Response.Body = body;

        await streams.Open(new Principal("u", "u", Roles.User, "s"), 0, null, _ => throw new InvalidOperationException("There is nothing to write.")).ExecuteAsync(http);

        Assert.Equal([TimeSpan.Zero, .. Enumerable.Repeat(TimeSpan.FromSeconds(15), 3)], inbox.Waits);
        string[] lines = Encoding.UTF8.GetString(body.ToArray()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["retry", "", "", "retry"], lines.Select(line => line.Split(':')[0]));
    }

    // Lets each wait pass at once without a notification.
    private sealed class QuietInbox(int waits, Action end) : IInbox
    {
        public List<TimeSpan> Waits { get; } = [];

        public Task<IReadOnlyList<Notification>> ReadAsync(string userId, long? after, int limit, TimeSpan wait, CancellationToken cancellationToken)
        {
            Waits.Add(wait);
            if (Waits.Count(each => each > TimeSpan.Zero) == waits)
            {
                end();
            }

            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult<IReadOnlyList<Notification>>([]);
        }

        public Task<bool> AddAsync(string userId, Notification notification, bool isRebuilt, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string?> BeginRebuildAsync(string userId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task CompleteRebuildAsync(string userId, string token, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ProbeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
