using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Consumers;

namespace McpFunctions.Functions.Tests.Delivery;

public sealed class DeadLetterTests
{
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
            await harness.Get<DeadLetters>().AddAsync("audit", longest, $"{failure} {new string('\u0001', 5_000)}", 1, CancellationToken.None);
        }

        DeadLetter letter = Assert.Single(await ListAsync(harness));
        Assert.Equal(12, letter.Attempts);
        Assert.StartsWith("12 ", letter.History[0].Error, StringComparison.Ordinal);
        Assert.Equal(EventParser.Write(longest), EventParser.Write(letter.Event!));
    }

    private static async Task<IReadOnlyList<DeadLetter>> ListAsync(DeliveryHarness harness) =>
        (await harness.Get<DeadLetters>().ListAsync("audit", null, new Domain.PageRequest(10, null), CancellationToken.None)).Value.Items;
}
