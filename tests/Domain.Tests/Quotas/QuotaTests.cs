using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Quotas;
using McpFunctions.Domain.Tests.Auth;
using McpFunctions.Domain.Workflows;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Domain.Tests.Quotas;

public sealed class QuotaTests
{
    private static readonly Actor s_actor = new("00000000-0000-7000-8000-000000000001", "test");

    private readonly StateInMemory _state = new() { BeforeCommit = _ => Task.Delay(1) };
    private readonly FakeTimeProvider _time = new();
    private readonly IdempotencyService _once;

    public QuotaTests() => _once = new IdempotencyService(_state, _state, new LoginHarness(), _time);

    [Fact]
    public async Task No_more_commands_and_workflows_run_than_allowed_even_when_they_start_at_once()
    {
        var quotas = new QuotaLimits(1, 1, 3, 2);
        var commands = new CommandService(_state, _once, quotas, _time);
        var workflows = new WorkflowService(_state, _once, quotas, _time);

        var started = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => commands.StartAsync(s_actor, "command", null, null, CancellationToken.None))));
        var triggered = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => workflows.TriggerAsync(s_actor, "workflow", null, CancellationToken.None))));

        Assert.Equal(3, started.Count(outcome => outcome.Failure is null));
        Assert.Equal(5, started.Count(outcome => outcome.Failure is Domain.Failure.QuotaExceeded));
        Assert.Equal(2, triggered.Count(outcome => outcome.Failure is null));
        var command = started.First(outcome => outcome.Failure is null).Value;
        Assert.Null((await commands.CompleteAsync(s_actor, command.Id, null, CancellationToken.None)).Failure);
        Assert.Null((await commands.StartAsync(s_actor, "command", null, null, CancellationToken.None)).Failure);
        Assert.IsType<Domain.Failure.QuotaExceeded>((await commands.StartAsync(s_actor, "command", null, null, CancellationToken.None)).Failure);
    }

    [Fact]
    public async Task Files_and_bytes_of_a_user_are_limited_and_deleting_makes_room()
    {
        var files = Files(new QuotaLimits(3, 10, 1, 1));
        var first = (await UploadAsync(files, "12345")).Value[0];
        Assert.Null((await UploadAsync(files, "1234")).Failure);

        Assert.Contains("10 are allowed", Assert.IsType<Domain.Failure.QuotaExceeded>((await UploadAsync(files, "12")).Failure).Detail, StringComparison.Ordinal);
        Assert.Null((await UploadAsync(files, "1")).Failure);
        Assert.Contains("3 are allowed", Assert.IsType<Domain.Failure.QuotaExceeded>((await UploadAsync(files, "")).Failure).Detail, StringComparison.Ordinal);
        Assert.IsType<Domain.Failure.QuotaExceeded>((await ReplaceAsync(files, first.Id, "123456")).Failure);
        Assert.Null((await ReplaceAsync(files, first.Id, "1")).Failure);
        Assert.Null((await files.DeleteAsync(s_actor, first.Id, null, CancellationToken.None)).Failure);
        Assert.Null((await UploadAsync(files, "12345")).Failure);
        Assert.Equal(new UsageRow(3, 10), (await _state.FindUsageAsync(s_actor.UserId, Usage.Files, CancellationToken.None))!.Value);
    }

    [Fact]
    public async Task Uploads_at_once_leave_an_exact_count()
    {
        var files = Files(new QuotaLimits(20, 1000, 1, 1));

        var stored = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => UploadAsync(files, "12345"))));

        Assert.Equal(20, stored.Count(outcome => outcome.Failure is null));
        Assert.Equal(new UsageRow(20, 100), (await _state.FindUsageAsync(s_actor.UserId, Usage.Files, CancellationToken.None))!.Value);
    }

    [Fact]
    public async Task Uploads_of_a_user_store_their_content_side_by_side_and_then_commit_in_turn()
    {
        var slow = new ForgottenContent { Together = 5 };
        var files = Files(new QuotaLimits(20, 1000, 1, 1), slow);

        // The clock stands still, so an upload that stored its content in its turn would let nobody else begin.
        var stored = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => UploadAsync(files, "12345")))).WaitAsync(TimeSpan.FromMinutes(5));

        Assert.All(stored, outcome => Assert.Null(outcome.Failure));
        Assert.Equal(0, _state.Refusals);
    }

    [Fact]
    public async Task A_repeated_request_gets_the_first_response_even_if_the_quota_is_full()
    {
        var commands = new CommandService(_state, _once, new QuotaLimits(1, 1, 1, 1), _time);
        var actor = s_actor with { IdempotencyKey = new IdempotencyKey(IdempotencyKey.RowPrefix + "key", "body") };
        var first = await commands.StartAsync(actor, "command", null, null, CancellationToken.None);

        var again = await commands.StartAsync(actor, "command", null, null, CancellationToken.None);

        Assert.Equal(first.Value.Id, again.Value.Id);
    }

    private FileService Files(QuotaLimits quotas, ForgottenContent? content = null) =>
        new(_state, _state, _state, _once, content ?? new ForgottenContent(), new FileLimits(1000), quotas, _time);

    private static async Task<Outcome<IReadOnlyList<FileRecord>>> UploadAsync(FileService files, string text) =>
        await files.UploadAsync(s_actor, One(text), CancellationToken.None);

    private static Task<Outcome<FileRecord>> ReplaceAsync(FileService files, string id, string text) =>
        files.ReplaceContentAsync(s_actor, id, null, File(text), CancellationToken.None);

    private static async IAsyncEnumerable<IncomingFile> One(string text)
    {
        await Task.Yield();
        yield return File(text);
    }

    private static IncomingFile File(string text) => new("name.txt", "text/plain", new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))) { Length = text.Length };

    // Discards content, since these tests need only sizes.
    private sealed class ForgottenContent : IFileContent
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _storing;

        // Storing ends when so many have begun.
        public int Together { get; init; } = 1;

        public async Task<IReceivedContent> ReceiveAsync(string name, Stream content, CancellationToken cancellationToken)
        {
            await content.CopyToAsync(Stream.Null, cancellationToken);
            return new Forgotten(this);
        }

        public Stream Open(string name, long length) => throw new NotSupportedException("No test needs it.");

        public Task DeleteAsync(string name, CancellationToken cancellationToken) => Task.CompletedTask;

        public IAsyncEnumerable<string> ListAsync(DateTimeOffset before, CancellationToken cancellationToken) => throw new NotSupportedException("No test needs it.");

        private sealed class Forgotten(ForgottenContent contents) : IReceivedContent
        {
            public Task StoreAsync(CancellationToken cancellationToken)
            {
                if (Interlocked.Increment(ref contents._storing) == contents.Together)
                {
                    contents._all.SetResult();
                }
                return contents._all.Task;
            }
        }
    }
}
