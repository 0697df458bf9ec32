using System.Text.Json;
using McpFunctions.Domain;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Tests.Delivery;

namespace McpFunctions.Functions.Tests.Consumers;

public sealed class DeadLetterTests
{
    private static readonly Actor s_operator = new("00000000-0000-7000-8000-000000000001", "test");

    [Fact]
    public async Task Whatever_a_message_consists_of_it_fits_into_a_row()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DeadLetters letters = harness.Get<DeadLetters>();
        string[] messages = [new('\u0001', 50_000), new('\u6f22', 50_000), new('a', 50_000)];

        foreach (string message in messages)
        {
            await letters.AddRawAsync("audit", message, new string('\u0001', 5_000), CancellationToken.None);
        }

        IReadOnlyList<DeadLetter> there = await ListAsync(harness);
        Assert.Equal(messages.Length, there.Count);
        Assert.All(there, letter => Assert.InRange(letter.Raw!.Length, 8_192, 16_384));
    }

    [Fact]
    public async Task The_longest_event_fits_into_a_row_however_often_it_fails_and_whatever_of()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DateTimeOffset now = DateTimeOffset.UtcNow;
        DomainEvent Of(int length) => DomainEvent.Create(new FileDeleted("f", new string('x', length), 2, "u"), now, "u", null);
        DomainEvent longest = Of(EventParser.MaxBytes - EventParser.Write(Of(0)).Length);
        Assert.Equal(EventParser.MaxBytes, EventParser.Write(longest).Length);

        for (int failure = 1; failure <= 12; failure++)
        {
            await harness.Get<DeadLetters>().AddAsync("audit", longest, $"{failure} {new string('\u0001', 5_000)}", 1, Effect.Doorbell, CancellationToken.None);
        }

        DeadLetter letter = Assert.Single(await ListAsync(harness));
        Assert.Equal(12, letter.Attempts);
        Assert.StartsWith("12 ", letter.History[0].Error, StringComparison.Ordinal);
        Assert.Equal(EventParser.Write(longest), EventParser.Write(letter.Event!));
    }

    [Fact]
    public async Task An_edited_copy_is_retried_and_who_changed_what_is_audited_and_kept_where_it_fails_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        OperatorService operators = harness.Get<OperatorService>();
        var user = Guid.NewGuid().ToString();
        DomainEvent wrong = DomainEvent.Create(new FileDeleted("f", "wrong", 2, user), DateTimeOffset.UtcNow, user, null);
        // The audit log has this line already, so it refuses any other event with its id.
        await harness.Consumers["audit"].HandleAsync(wrong with { Payload = Payload("right", user) }, CancellationToken.None);
        await harness.Get<DeadLetters>().AddAsync("audit", wrong, "failed", 8, Effect.Doorbell, CancellationToken.None);
        Task<Outcome<RetryResponse>> EditAsync(string filename, string? reason = "typo", string? id = null) => operators.EditAsync(
            s_operator, "audit", wrong.Id, Edited(wrong with { Id = id ?? wrong.Id, Payload = Payload(filename, user) }), reason, CancellationToken.None);

        Assert.Equal(["reason"], Fields((await EditAsync("right", "")).Failure));
        Assert.Equal(["reason"], Fields((await EditAsync("right", new string('r', 501))).Failure));
        Assert.Equal(["event"], Fields((await EditAsync("right", id: "another")).Failure));
        Assert.Equal(["event", "reason"], Fields((await operators.EditAsync(s_operator, "audit", wrong.Id, null, null, CancellationToken.None)).Failure));
        Assert.IsType<Failure.NotFound>((await operators.EditAsync(s_operator, "audit", "nothing", Edited(wrong), "typo", CancellationToken.None)).Failure);
        Assert.Equal(new RetryResponse(1, 0, 1), (await EditAsync("still wrong")).Value);

        DeadLetter kept = Assert.Single(await ListAsync(harness));
        Assert.Equal(("still wrong", 9), (kept.Event!.Payload.GetProperty("filename").GetString(), kept.Attempts));
        DeadLetterEdit edit = kept.History[0].Edit!;
        Assert.Equal((s_operator.UserId, "typo"), (edit.By, edit.Reason));
        Assert.Equal(new FieldChange("payload.filename", "\"wrong\"", "\"still wrong\""), Assert.Single(edit.Changes));
        Assert.Null(kept.History[1].Edit);

        Assert.Equal(new RetryResponse(1, 1, 0), (await EditAsync("right")).Value);
        Assert.Empty(await ListAsync(harness));
        Assert.Equal([wrong.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task A_message_that_is_no_event_becomes_one_and_an_event_with_the_id_of_another_gets_its_own_by_an_edit()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        OperatorService operators = harness.Get<OperatorService>();
        var user = Guid.NewGuid().ToString();
        DeadLetters letters = harness.Get<DeadLetters>();
        DomainEvent first = DomainEvent.Create(new FileDeleted("f", "a", 2, user), DateTimeOffset.UtcNow, user, null);
        DomainEvent second = DomainEvent.Create(new FileDeleted("f", "b", 3, user), DateTimeOffset.UtcNow, user, null);
        await letters.AddRawAsync("audit", "no event", "it is none", CancellationToken.None);
        await letters.AddAsync("audit", first, new EventIdConflictException(first.Id), 1, Effect.Doorbell, CancellationToken.None);
        string raw = (await ListAsync(harness)).Single(letter => letter.Event is null).Id;
        string conflict = DeadLetters.ConflictIdOf(first);

        Assert.Equal(["event"], Fields((await operators.EditAsync(s_operator, "audit", conflict, Edited(first), "id", CancellationToken.None)).Failure));
        Assert.Null((await operators.EditAsync(s_operator, "audit", conflict, Edited(second), "id", CancellationToken.None)).Failure);
        Assert.Null((await operators.EditAsync(s_operator, "audit", raw, Edited(first), "made whole", CancellationToken.None)).Failure);

        Assert.Empty(await ListAsync(harness));
        Assert.Equal(new[] { first.Id, second.Id }.Order(), (await harness.AuditedAsync(user)).Order());
    }

    [Fact]
    public async Task All_that_match_are_retried_and_one_that_nobody_needs_is_discarded_and_both_are_audited()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        OperatorService operators = harness.Get<OperatorService>();
        var user = Guid.NewGuid().ToString();
        DeadLetters letters = harness.Get<DeadLetters>();
        DomainEvent[] uploads = [DeliveryHarness.Foreign(user, "a"), DeliveryHarness.Foreign(user, "b")];
        DomainEvent deleted = DomainEvent.Create(new FileDeleted("f", "c", 2, user), DateTimeOffset.UtcNow, user, null);
        foreach (DomainEvent failed in uploads.Append(deleted))
        {
            await letters.AddAsync("audit", failed, "failed", 8, Effect.Doorbell, CancellationToken.None);
        }

        await letters.AddRawAsync("audit", "no event", "it is none", CancellationToken.None);

        Assert.Equal(new RetryResponse(2, 2, 0), (await operators.RetryAllAsync(s_operator, "audit", EventTypes.FileUploaded, CancellationToken.None)).Value);
        Assert.Equal(uploads.Select(each => each.Id).Order(), (await harness.AuditedAsync(user)).Order());
        Assert.Equal(deleted.Id, (await operators.DiscardAsync(s_operator, "audit", deleted.Id, CancellationToken.None)).Value.Event!.Id);
        Assert.IsType<Failure.NotFound>((await operators.DiscardAsync(s_operator, "audit", deleted.Id, CancellationToken.None)).Failure);

        // No consumer can handle what is no event.
        Assert.Equal(new RetryResponse(0, 0, 0), (await operators.RetryAllAsync(s_operator, "audit", null, CancellationToken.None)).Value);
        Assert.Equal("no event", Assert.Single(await ListAsync(harness)).Raw);
        Assert.Equal(2, (await harness.AuditedAsync(user)).Count);
        AuditEntry[] actions = [.. (await harness.Get<IAuditLog>().ReadAsync(new AuditQuery { UserId = s_operator.UserId }, new PageRequest(10, null), CancellationToken.None)).Value.Items];
        Assert.Equal(["dead-letters.discard", "dead-letters.retry", "dead-letters.retry"], actions.Select(each => each.Action).Order());
    }

    private static JsonElement Payload(string filename, string user) => JsonSerializer.SerializeToElement(new { fileId = "f", filename, version = 2, deletedBy = user });

    private static JsonElement Edited(DomainEvent domainEvent) => JsonSerializer.Deserialize<JsonElement>(EventParser.Write(domainEvent));

    private static IEnumerable<string> Fields(Failure? failure) => Assert.IsType<Failure.Rejected>(failure).Errors.Keys.Order();

    private static async Task<IReadOnlyList<DeadLetter>> ListAsync(DeliveryHarness harness) =>
        (await harness.Get<DeadLetters>().ListAsync("audit", null, new Domain.PageRequest(10, null), CancellationToken.None)).Value.Items;
}
